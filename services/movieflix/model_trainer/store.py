"""What there is to learn from, out of the analytics store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from elasticsearch import Elasticsearch

from services.movieflix.contracts.rules import FINISHED_FRACTION, LIKED_FROM
from services.movieflix.contracts.stores import CURRENT_RATINGS_INDEX, SHOWS_INDEX, VIEWINGS_INDEX
from shared.stores.search import unavailable_store

PAGE = 5000
LIKED: dict[str, Any] = {"range": {"rating": {"gte": LIKED_FROM}}}
DISLIKED: dict[str, Any] = {"range": {"rating": {"lt": LIKED_FROM}}}
FINISHED: dict[str, Any] = {"range": {"furthest_fraction": {"gte": FINISHED_FRACTION}}}


class AnalyticsStore:
    """Blocking. Every call raises StoreUnavailableError."""

    def __init__(self, client: Elasticsearch) -> None:
        self._client = client

    def interactions_count(self) -> int:
        """Liked ratings and finished shows: grows with whatever a training would see."""
        with unavailable_store():
            liked = self._client.count(index=CURRENT_RATINGS_INDEX, query=LIKED)["count"]
            finished = self._client.count(index=VIEWINGS_INDEX, query=FINISHED)["count"]
        return int(liked) + int(finished)

    def interactions(self) -> dict[str, set[str]]:
        """By user, the shows rated from LIKED_FROM on, and those finished that they did not rate below it."""
        shows: dict[str, set[str]] = {}
        for user, show in self._pairs(VIEWINGS_INDEX, FINISHED):
            shows.setdefault(user, set()).add(show)
        for user, show in self._pairs(CURRENT_RATINGS_INDEX, DISLIKED):
            shows.get(user, set()).discard(show)
        for user, show in self._pairs(CURRENT_RATINGS_INDEX, LIKED):
            shows.setdefault(user, set()).add(show)
        return shows

    def titles(self) -> dict[str, str]:
        with unavailable_store():
            return {
                fields["show_id"][0]: fields["title"][0] for fields in self._fields(SHOWS_INDEX, {"match_all": {}}, ["show_id", "title"])
            }

    def _pairs(self, index: str, query: dict[str, Any]) -> Iterator[tuple[str, str]]:
        with unavailable_store():
            for fields in self._fields(index, query, ["user_id", "show_id"]):
                yield fields["user_id"][0], fields["show_id"][0]

    def _fields(self, index: str, query: dict[str, Any], names: list[str]) -> Iterator[dict[str, list[str]]]:
        """Every matching document, from one point in time."""
        pit = self._client.open_point_in_time(index=index, keep_alive="1m")["id"]
        after: list[Any] | None = None
        try:
            while True:
                answer = self._client.search(
                    pit={"id": pit, "keep_alive": "1m"},
                    query=query,
                    docvalue_fields=[{"field": name} for name in names],
                    source=False,
                    sort=["_shard_doc"],
                    search_after=after,
                    size=PAGE,
                    track_total_hits=False,
                )
                hits = answer["hits"]["hits"]
                for hit in hits:
                    yield hit["fields"]
                if len(hits) < PAGE:
                    return
                after = hits[-1]["sort"]
        finally:
            self._client.close_point_in_time(id=pit)
