"""MovieFlix's analytics in memory: what analytics-sink writes and analytics-api reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from services.movieflix.analytics_api.domain import Activity, DropOff, Interval, Rated, Reached, Summary
from services.movieflix.analytics_sink.domain import Event, fraction
from services.movieflix.analytics_sink.handler import Refusal
from services.movieflix.contracts.events import ShowPositionReported, ShowRated
from shared.stores import StoreUnavailableError
from shared.window import Window

_START = {"hour": "%Y-%m-%dT%H:00:00Z", "day": "%Y-%m-%dT00:00:00Z", "month": "%Y-%m-01T00:00:00Z"}


class InMemoryAnalytics:
    """Both sides of the store. `away = True` makes it one that does not answer."""

    def __init__(self) -> None:
        self.away = False
        self.catalogue: dict[str, str] = {}
        self._events: dict[tuple[type, str], Event] = {}
        self._ratings: dict[str, ShowRated] = {}
        self._furthest: dict[str, ShowPositionReported] = {}

    def keep(self, events: Sequence[Event]) -> list[Event | Refusal]:
        self._answer()
        return [
            self._events.setdefault((type(event), event.event_id), event) if event.event_id else Refusal("an empty id") for event in events
        ]

    def derive(self, ratings: Mapping[str, ShowRated], positions: Mapping[str, ShowPositionReported]) -> None:
        self._answer()
        for key, rating in ratings.items():
            standing = self._ratings.get(key)
            if standing is None or (rating.occurred_at, rating.event_id) > (standing.occurred_at, standing.event_id):
                self._ratings[key] = rating
        for key, position in positions.items():
            if key not in self._furthest or fraction(position) > fraction(self._furthest[key]):
                self._furthest[key] = position

    async def summary(self, window: Window) -> Summary:
        positions, ratings = self._in(window, ShowPositionReported), self._in(window, ShowRated)
        events = [*positions, *ratings]
        return Summary(len(positions), len(ratings), len({e.user_id for e in events}), len({e.show_id for e in events}))

    async def rated(self, window: Window) -> dict[str, Rated]:
        self._answer()
        ratings: dict[str, list[float]] = defaultdict(list)
        for rating in self._ratings.values():
            if _inside(rating, window):
                ratings[rating.show_id].append(rating.rating)
        return {show_id: Rated(len(given), sum(given) / len(given)) for show_id, given in ratings.items()}

    async def viewers(self, window: Window, shows: Iterable[str] | None = None) -> dict[str, int]:
        users: dict[str, set[str]] = defaultdict(set)
        for position in self._in(window, ShowPositionReported):
            users[position.show_id].add(position.user_id)
        wanted = users.keys() if shows is None else users.keys() & set(shows)
        return {show_id: len(users[show_id]) for show_id in wanted}

    async def activity(self, interval: Interval, window: Window) -> list[Activity]:
        counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for place, kind in enumerate((ShowPositionReported, ShowRated)):
            for event in self._in(window, kind):
                moment = datetime.fromtimestamp(event.occurred_at // 1_000_000, UTC)
                counts[moment.strftime(_START[interval])][place] += 1
        return [Activity(start, *counts[start]) for start in sorted(counts)]

    async def drop_off(self, show_id: str, buckets: int) -> DropOff | None:
        self._answer()
        furthest = [fraction(position) for position in self._furthest.values() if position.show_id == show_id]
        if not furthest and show_id not in self.catalogue:
            return None
        steps = [i / buckets for i in range(1, buckets + 1)]
        return DropOff(len(furthest), [Reached(step, sum(reached >= step for reached in furthest)) for step in steps])

    async def titles(self, show_ids: Sequence[str]) -> dict[str, str]:
        self._answer()
        return {show_id: self.catalogue[show_id] for show_id in show_ids if show_id in self.catalogue}

    async def close(self) -> None: ...

    def _in(self, window: Window, kind: type) -> list[Event]:
        self._answer()
        return [event for event in self._events.values() if type(event) is kind and _inside(event, window)]

    def _answer(self) -> None:
        if self.away:
            raise StoreUnavailableError("the store is away")


def _inside(event: Event, window: Window) -> bool:
    return (window.start is None or event.occurred_at >= window.start) and (window.end is None or event.occurred_at < window.end)
