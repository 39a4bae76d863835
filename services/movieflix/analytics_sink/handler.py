"""From a batch of events to the store: each event once, then what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from services.movieflix.analytics_sink.domain import Event, current_ratings, furthest_positions, unstorable
from services.movieflix.contracts.events import ShowPositionReported, ShowRated
from shared.consumer.handler import Record, Rejection


class Refusal(NamedTuple):
    reason: str


class AnalyticsStore(Protocol):
    """Both calls are idempotent and raise StoreUnavailableError, after which a part may be written."""

    def keep(self, events: Sequence[Event]) -> list[Event | Refusal]:
        """Store each event unless its id is known among its kind. Answers, in the same order, the event that stands under that id."""

    def derive(self, ratings: Mapping[str, ShowRated], positions: Mapping[str, ShowPositionReported]) -> None:
        """Write the current ratings and furthest positions, by `domain.pair`, that are later or further than the stored ones."""


class AnalyticsHandler:
    def __init__(self, store: AnalyticsStore) -> None:
        self._store = store

    def handle(self, records: Sequence[Record[Event]]) -> Iterable[Rejection]:
        rejections: list[Rejection] = []
        storable: list[Record[Event]] = []
        for record in records:
            reason = unstorable(record.event)
            if reason is None:
                storable.append(record)
            else:
                rejections.append(Rejection(record, reason))
        standing: list[Event] = []
        for record, kept in zip(storable, self._store.keep([record.event for record in storable]), strict=True):
            if isinstance(kept, Refusal):
                rejections.append(Rejection(record, kept.reason))
            else:
                # What stands, not what came: an id seen again with other content changes nothing, while an event whose first delivery
                # ended between the two writes still gets its second.
                standing.append(kept)
        self._store.derive(current_ratings(standing), furthest_positions(standing))
        return rejections
