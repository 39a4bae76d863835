"""MovieFlix's analytics, written by analytics-sink's side and read by analytics-api's, in any store."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from typing import Any, Protocol
from uuid import uuid4

import pytest

from services.movieflix.analytics_api.domain import DropOff, Rated, Summary
from services.movieflix.analytics_sink.domain import LATEST_TIME, Event
from services.movieflix.analytics_sink.handler import AnalyticsHandler
from services.movieflix.contracts.events import ShowPositionReported, ShowRated
from shared.consumer.handler import Record, Rejection
from shared.stores import groups
from shared.window import Window
from tests.fakes.analytics import InMemoryAnalytics

DURATION = 100.0
ALL = Window()
NOON = 1_483_272_000_000_000
"""2017-01-01T12:00:00Z."""


class Analytics(Protocol):
    """Both sides of the store; what was written is read at once."""

    def keep(self, events: Sequence[Event]) -> Any: ...
    def derive(self, ratings: Any, positions: Any) -> None: ...
    async def summary(self, window: Window) -> Summary: ...
    async def rated(self, window: Window) -> dict[str, Rated]: ...
    async def viewers(self, window: Window, shows: Iterable[str] | None = None) -> dict[str, int]: ...
    async def activity(self, interval: Any, window: Window) -> list[Any]: ...
    async def drop_off(self, show_id: str, buckets: int) -> DropOff | None: ...


def rated(rating: float = 4.0, *, at: int = NOON, id: str = "", user: str = "ada", show: str = "metropolis") -> ShowRated:
    return ShowRated(id or str(uuid4()), user, show, rating, at)


def viewed(
    position: float = 50.0, *, at: int = NOON, id: str = "", user: str = "ada", show: str = "metropolis", of: float = DURATION
) -> Event:
    return ShowPositionReported(id or str(uuid4()), user, show, "tv", position, of, at)


def handle(store: Analytics, *events: Event) -> list[Rejection]:
    return list(AnalyticsHandler(store).handle([Record("t", 0, i, None, event) for i, event in enumerate(events)]))


def summary(store: Analytics, window: Window = ALL) -> Summary:
    return asyncio.run(store.summary(window))


def ratings(store: Analytics, window: Window = ALL) -> dict[str, Rated]:
    return asyncio.run(store.rated(window))


def reached(store: Analytics, *, buckets: int = 2, show: str = "metropolis") -> list[int]:
    found = asyncio.run(store.drop_off(show, buckets))
    assert found is not None
    return [item.viewers for item in found.items]


class AnalyticsSuite:
    def test_an_event_id_seen_again_changes_nothing(self, analytics: Analytics) -> None:
        events = (rated(id="r1"), viewed(id="p1"))
        for _ in range(3):
            assert handle(analytics, *events, *events) == []
        assert summary(analytics) == Summary(positions=1, ratings=1, users=1, shows=1)

    @pytest.mark.parametrize("together", [True, False])
    def test_an_event_id_seen_again_with_other_content_changes_nothing(self, analytics: Analytics, together: bool) -> None:
        first = (rated(2.0, id="r1"), viewed(30.0, id="p1"))
        again = (rated(5.0, id="r1", at=NOON + 1), rated(5.0, id="r1", user="ben", show="faust"), viewed(100.0, id="p1"))
        for batch in ([*first, *again],) if together else (first, again):
            assert handle(analytics, *batch) == []
        assert summary(analytics) == Summary(positions=1, ratings=1, users=1, shows=1)
        assert ratings(analytics) == {"metropolis": (1, 2.0)}
        assert reached(analytics) == [0, 0]

    def test_a_batch_that_was_half_written_is_completed_when_it_comes_again(self, analytics: Analytics) -> None:
        events = (rated(2.0), viewed(70.0))
        analytics.keep(events)  # and then the worker died
        assert handle(analytics, *events) == []
        assert ratings(analytics) == {"metropolis": (1, 2.0)}
        assert reached(analytics) == [1, 0]

    def test_a_half_written_event_counts_as_it_was_stored_though_its_id_comes_with_other_content(self, analytics: Analytics) -> None:
        analytics.keep([rated(2.0, id="r1")])
        handle(analytics, rated(5.0, id="r1", user="ben"))
        assert ratings(analytics) == {"metropolis": (1, 2.0)}

    def test_positions_and_ratings_have_ids_of_their_own(self, analytics: Analytics) -> None:
        handle(analytics, rated(id="same"), viewed(id="same"))
        assert summary(analytics) == Summary(positions=1, ratings=1, users=1, shows=1)

    def test_the_latest_rating_stands_whatever_the_order_of_arrival(self, analytics: Analytics) -> None:
        history = [rated(float(i % 5 + 1), at=NOON + i) for i in range(8)]
        random.Random(7).shuffle(history)
        for event in history:
            handle(analytics, event)
        assert ratings(analytics) == {"metropolis": (1, 3.0)}
        assert summary(analytics).ratings == 8

    @pytest.mark.parametrize("order", ["ab", "ba"])
    @pytest.mark.parametrize("together", [True, False])
    def test_of_two_ratings_at_one_instant_the_higher_event_id_stands(self, analytics: Analytics, order: str, together: bool) -> None:
        events = [rated(1.0 if id == "a" else 2.0, id=id) for id in order]
        for batch in [events] if together else [[event] for event in events]:
            handle(analytics, *batch)
        assert ratings(analytics) == {"metropolis": (1, 2.0)}

    def test_the_furthest_position_stands_however_little_further_it_is(self, analytics: Analytics) -> None:
        handle(analytics, viewed(50.0 - 1e-11))
        assert reached(analytics) == [0, 0]
        handle(analytics, viewed(50.0))
        handle(analytics, viewed(0.0))
        assert reached(analytics) == [1, 0]

    def test_a_position_at_the_very_beginning_or_a_second_beyond_the_end_counts(self, analytics: Analytics) -> None:
        assert handle(analytics, viewed(0.0), viewed(-0.0, user="ben"), viewed(DURATION + 1, user="cleo")) == []
        assert reached(analytics, buckets=1) == [1]
        assert asyncio.run(analytics.viewers(ALL)) == {"metropolis": 3}

    def test_what_cannot_be_stored_is_rejected_alone(self, analytics: Analytics) -> None:
        bad = [
            rated(float("nan")),
            rated(float("inf")),
            rated(at=-1),
            rated(at=LATEST_TIME + 1),
            rated(user="a|b"),
            rated(user="ü" * 200, show="é" * 200),
            viewed(float("nan")),
            viewed(-1.0),
            viewed(of=0.0),
            viewed(of=float("inf")),
            ShowPositionReported("", "ada", "metropolis", "tv", 1.0, DURATION, NOON),
        ]
        rejections = handle(analytics, rated(at=0), *bad, viewed(at=LATEST_TIME))
        assert {id(rejection.record.event) for rejection in rejections} == {id(event) for event in bad}
        assert summary(analytics) == Summary(positions=1, ratings=1, users=1, shows=1)

    def test_a_window_begins_with_its_first_microsecond_and_ends_before_its_last(self, analytics: Analytics) -> None:
        for at in (NOON - 1, NOON, NOON + 1, NOON + 2):
            handle(analytics, viewed(at=at, user=f"viewer-{at}"), rated(at=at, user=f"rater-{at}", show="faust"))
        window = Window(NOON, NOON + 2)
        assert summary(analytics, window) == Summary(positions=2, ratings=2, users=4, shows=2)
        assert ratings(analytics, window)["faust"].ratings == 2
        assert asyncio.run(analytics.viewers(window)) == {"metropolis": 2}
        assert summary(analytics, Window(NOON, NOON)) == Summary(0, 0, 0, 0)

    def test_a_window_may_lie_beyond_all_times_that_can_be_stored(self, analytics: Analytics) -> None:
        handle(analytics, viewed())
        assert summary(analytics, Window(-(10**16), 10**17)).positions == 1
        assert summary(analytics, Window(None, -1)).positions == 0
        assert summary(analytics, Window(10**17, None)).positions == 0

    def test_an_unknown_show_has_no_drop_off(self, analytics: Analytics) -> None:
        assert asyncio.run(analytics.drop_off("nowhere", 20)) is None

    @pytest.mark.parametrize("seed", [1, 2])
    def test_every_answer_equals_a_recomputation(self, analytics: Analytics, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(groups, "PAGE_SIZE", 7)
        rng = random.Random(seed)
        history = [_random_event(rng) for _ in range(400)]
        delivered = list(history)
        for _ in range(40):  # redelivered, in any company
            start = rng.randrange(len(history))
            delivered[start:start] = history[max(0, start - rng.randrange(20)) : start]
        expected = InMemoryAnalytics()
        first: dict[tuple[type, str], Event] = {}
        for event in delivered:
            first.setdefault((type(event), event.event_id), event)
        handle(expected, *first.values())
        while delivered:
            size = rng.choice([1, 5, 50])
            if rng.random() < 0.2:
                analytics.keep(delivered[:size])
            assert handle(analytics, *delivered[:size]) == []
            del delivered[:size]
        for window in (ALL, Window(NOON, None), Window(None, NOON), Window(NOON - 40 * _DAY, NOON + 40 * _DAY)):
            assert asyncio.run(_answers(analytics, window)) == asyncio.run(_answers(expected, window))


_DAY = 24 * 3600 * 1_000_000


def _random_event(rng: random.Random) -> Event:
    user, show, at = f"user-{rng.randrange(9)}", f"show-{rng.randrange(12)}", NOON + rng.randrange(-60, 60) * _DAY + rng.randrange(3)
    if rng.random() < 0.5:
        return rated(rng.randrange(1, 11) / 2, id=f"r{rng.randrange(250)}", at=at, user=user, show=show)
    return viewed(rng.randrange(11) * 10.0, id=f"p{rng.randrange(250)}", at=at, user=user, show=show)


async def _answers(store: Analytics, window: Window) -> list[Any]:
    return [
        await store.summary(window),
        await store.rated(window),
        await store.viewers(window),
        await store.viewers(window, ["show-1", "show-2"]),
        *[await store.activity(interval, window) for interval in ("hour", "day", "month")],
        *[await store.drop_off(f"show-{show}", 10) for show in range(12)],
    ]
