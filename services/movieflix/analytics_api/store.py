"""The questions as Elasticsearch queries, over the indices that analytics-sink keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from elasticsearch import AsyncElasticsearch

from services.movieflix.analytics_api.domain import Activity, DropOff, Interval, Rated, Reached, Summary, fractions
from services.movieflix.contracts.stores import (
    CURRENT_RATINGS_INDEX,
    POSITIONS_INDEX,
    RATINGS_INDEX,
    SHOWS_INDEX,
    VIEWINGS_INDEX,
)
from shared.clock import to_rfc3339
from shared.stores.groups import groups
from shared.stores.search import unavailable_store, within
from shared.window import Window


class SearchedEvents:
    """Every figure is exact. `prefix` stands before the names of the aliases, so that tests have their own."""

    def __init__(self, client: AsyncElasticsearch, prefix: str = "") -> None:
        self._client = client
        self._positions = prefix + POSITIONS_INDEX
        self._ratings = prefix + RATINGS_INDEX
        self._current_ratings = prefix + CURRENT_RATINGS_INDEX
        self._viewings = prefix + VIEWINGS_INDEX
        self._shows = prefix + SHOWS_INDEX

    async def summary(self, window: Window) -> Summary:
        positions, ratings, users, shows = await asyncio.gather(
            self._count(self._positions, window),
            self._count(self._ratings, window),
            self._distinct("user_id", window),
            self._distinct("show_id", window),
        )
        return Summary(positions, ratings, users, shows)

    async def rated(self, window: Window) -> dict[str, Rated]:
        """By show: of the ratings that stand now, those that were given in the window."""
        sources = {"show_id": _terms("show_id")}
        mean = {"mean": {"avg": {"field": "rating"}}}
        return {
            group["key"]["show_id"]: Rated(group["doc_count"], group["mean"]["value"])
            async for group in groups(self._client, [self._current_ratings], within(window), sources, mean)
        }

    async def viewers(self, window: Window, shows: Iterable[str] | None = None) -> dict[str, int]:
        """By show, all or the named: the distinct users with a position in the window."""
        only = [] if shows is None else [{"terms": {"show_id": list(shows)}}]
        if window.everything:
            found = groups(self._client, [self._viewings], within(window, *only), {"show_id": _terms("show_id")})
            return {group["key"]["show_id"]: group["doc_count"] async for group in found}
        viewers: dict[str, int] = {}
        pairs = {"show_id": _terms("show_id"), "user_id": _terms("user_id")}
        async for group in groups(self._client, [self._positions], within(window, *only), pairs):
            show_id = group["key"]["show_id"]
            viewers[show_id] = viewers.get(show_id, 0) + 1
        return viewers

    async def activity(self, interval: Interval, window: Window) -> list[Activity]:
        """Only intervals with events, by their start."""
        positions, ratings = await asyncio.gather(
            self._by_interval(self._positions, interval, window), self._by_interval(self._ratings, interval, window)
        )
        return [
            Activity(to_rfc3339(start * 1000), positions.get(start, 0), ratings.get(start, 0))
            for start in sorted(positions.keys() | ratings.keys())
        ]

    async def drop_off(self, show_id: str, buckets: int) -> DropOff | None:
        """None where nobody has viewed the show and the catalogue does not have it."""
        reached = fractions(buckets)
        ranges = [{"key": str(i), "from": fraction} for i, fraction in enumerate(reached)]
        with unavailable_store():
            answer = await self._client.search(
                index=self._viewings,
                size=0,
                query={"bool": {"filter": [{"term": {"show_id": show_id}}]}},
                aggs={"reached": {"range": {"field": "furthest_fraction", "ranges": ranges, "keyed": True}}},
                track_total_hits=True,
                allow_partial_search_results=False,
            )
        viewers = answer["hits"]["total"]["value"]
        if viewers == 0 and show_id not in await self.titles([show_id]):
            return None
        counts = answer["aggregations"]["reached"]["buckets"]
        return DropOff(viewers, [Reached(fraction, counts[str(i)]["doc_count"]) for i, fraction in enumerate(reached)])

    async def titles(self, show_ids: Sequence[str]) -> dict[str, str]:
        """Of those that the catalogue has."""
        if not show_ids:
            return {}
        with unavailable_store():
            answer = await self._client.mget(index=self._shows, ids=list(show_ids), source_includes=["title"])
        return {document["_id"]: document["_source"]["title"] for document in answer["docs"] if document.get("found")}

    async def close(self) -> None:
        await self._client.close()

    async def _count(self, alias: str, window: Window) -> int:
        with unavailable_store():
            answer = await self._client.search(
                index=alias, size=0, query=within(window), track_total_hits=True, allow_partial_search_results=False
            )
        count: int = answer["hits"]["total"]["value"]
        return count

    async def _distinct(self, field: str, window: Window) -> int:
        events = [self._positions, self._ratings]
        found = 0
        async for _ in groups(self._client, events, within(window), {field: _terms(field)}):
            found += 1
        return found

    async def _by_interval(self, alias: str, interval: Interval, window: Window) -> dict[int, int]:
        """Events by the start of their interval in milliseconds."""
        sources = {"start": {"date_histogram": {"field": "occurred_at", "calendar_interval": interval}}}
        return {group["key"]["start"]: group["doc_count"] async for group in groups(self._client, [alias], within(window), sources)}


def _terms(field: str) -> dict[str, Any]:
    return {"terms": {"field": field}}
