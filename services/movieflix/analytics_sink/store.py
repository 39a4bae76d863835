"""Events and what follows from them in Elasticsearch.

Times are written as RFC 3339 text: exact to the microsecond, and read alike by every tool. As a number, date_nanos would take
milliseconds, whose fractions pass through doubles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from elasticsearch import Elasticsearch

from services.movieflix.analytics_sink.domain import Event, fraction, fraction_version
from services.movieflix.analytics_sink.handler import Refusal
from services.movieflix.contracts.events import ShowPositionReported, ShowRated
from services.movieflix.contracts.stores import CURRENT_RATINGS_INDEX, POSITIONS_INDEX, RATINGS_INDEX, VIEWINGS_INDEX
from shared.clock import from_rfc3339, to_rfc3339
from shared.stores import StoreUnavailableError
from shared.stores.latest import index_latest
from shared.stores.search import BulkItem, bulk, unavailable_store


class ElasticsearchAnalytics:
    """Blocking; one a process. `prefix` stands before the names of the aliases, so that tests have their own."""

    def __init__(self, client: Elasticsearch, prefix: str = "") -> None:
        self._client = client
        self._positions = prefix + POSITIONS_INDEX
        self._ratings = prefix + RATINGS_INDEX
        self._current_ratings = prefix + CURRENT_RATINGS_INDEX
        self._viewings = prefix + VIEWINGS_INDEX

    def keep(self, events: Sequence[Event]) -> list[Event | Refusal]:
        # Nothing is coalesced: of two events with one id the first that the index accepts stands.
        items = [BulkItem("create", self._alias(event), event.event_id, _document(event)) for event in events]
        results = bulk(self._client, items)
        kept: list[Event | Refusal] = list(events)
        known = []
        for i, result in enumerate(results):
            if result.conflict:
                known.append(i)
            elif result.status >= 300:
                kept[i] = Refusal(result.error or str(result.status))
        if known:
            for i, stored in zip(known, self._stored([events[i] for i in known]), strict=True):
                kept[i] = stored
        return kept

    def derive(self, ratings: Mapping[str, ShowRated], positions: Mapping[str, ShowPositionReported]) -> None:
        items = [BulkItem("index", self._current_ratings, key, _document(rating), rating.occurred_at) for key, rating in ratings.items()]
        items += [
            BulkItem("index", self._viewings, key, _viewing(position), fraction_version(fraction(position)))
            for key, position in positions.items()
        ]
        for item, result in zip(items, index_latest(self._client, items), strict=True):
            if result.status >= 300 and not result.conflict:
                # Its event was stored, so this is no bad event but an index that does not fit the code: waiting is seen, losing is not.
                raise StoreUnavailableError(f"{item.alias} refuses {item.id}: {result.error}")

    def _alias(self, event: Event) -> str:
        return self._ratings if isinstance(event, ShowRated) else self._positions

    def _stored(self, events: Sequence[Event]) -> list[Event]:
        with unavailable_store():
            answer = self._client.mget(docs=[{"_index": self._alias(event), "_id": event.event_id} for event in events])
        return [_event(document, type(event)) for document, event in zip(answer["docs"], events, strict=True)]


def _document(event: Event) -> dict[str, Any]:
    document = msgspec.structs.asdict(event)
    document["occurred_at"] = to_rfc3339(event.occurred_at)
    return document


def _viewing(position: ShowPositionReported) -> dict[str, Any]:
    return {"user_id": position.user_id, "show_id": position.show_id, "furthest_fraction": fraction(position)}


def _event(document: dict[str, Any], kind: type[Event]) -> Event:
    if not document.get("found"):
        raise StoreUnavailableError(f"{document['_index']} knew {document['_id']} a moment ago, and has it no longer")
    source = document["_source"]
    return msgspec.convert(source | {"occurred_at": from_rfc3339(source["occurred_at"])}, kind)
