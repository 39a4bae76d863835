"""MovieFlix's resume view, written by resume-projector's side and read by resume-api's, in any store."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable
from typing import Any, Protocol
from uuid import uuid4

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.movieflix.contracts.events import ShowPositionReported
from services.movieflix.resume_projector.domain import ByUserAndShow, by_user_and_show

DURATION = 100.0


class Resume(Protocol):
    """Both sides of the view."""

    def apply(self, positions: ByUserAndShow) -> None: ...
    async def position(self, user_id: str, show_id: str) -> bytes | None: ...
    async def unfinished(self, user_id: str, limit: int) -> list[bytes]: ...


def reported(at: int, event_id: str = "", *, position: float = 10.0, show: str = "metropolis", user: str = "") -> ShowPositionReported:
    return ShowPositionReported(event_id or str(uuid4()), user, show, "tv", position, DURATION, at)


def apply(view: Resume, user: str, events: Iterable[ShowPositionReported]) -> None:
    view.apply(by_user_and_show(msgspec.structs.replace(event, user_id=user) for event in events))


def position(view: Resume, user: str, show: str = "metropolis") -> dict[str, Any]:
    body = asyncio.run(view.position(user, show))
    assert body is not None, f"{user} has no position in {show}"
    found: dict[str, Any] = msgspec.json.decode(body)
    return found


def unfinished(view: Resume, user: str, limit: int = 100) -> list[str]:
    return [msgspec.json.decode(body)["show_id"] for body in asyncio.run(view.unfinished(user, limit))]


MOMENTS = st.integers(min_value=0, max_value=4)
"""Few, so that ties on occurred_at are common."""

HISTORIES = st.lists(
    st.builds(
        lambda at, number, fraction, show: reported(at, f"event-{number}-{at}-{show}", position=fraction, show=show),
        MOMENTS,
        st.integers(0, 20),
        st.sampled_from([1.0, 50.0, 94.0, 95.0, 100.0]),
        st.sampled_from(["metropolis", "nosferatu", "faust"]),
    ),
    min_size=1,
    max_size=25,
    unique_by=lambda event: event.event_id,
)


class ResumeSuite:
    """Subclasses give the fixture `view`."""

    @pytest.fixture
    def user(self) -> str:
        return f"user-{uuid4().hex}"

    def test_a_position_is_answered_as_it_was_reported(self, view: Resume, user: str) -> None:
        apply(view, user, [reported(1_767_225_600_250_000, position=42.5)])
        assert position(view, user) == {
            "user_id": user,
            "show_id": "metropolis",
            "position_seconds": 42.5,
            "duration_seconds": DURATION,
            "device_id": "tv",
            "occurred_at": "2026-01-01T00:00:00.250000Z",
            "finished": False,
        }

    def test_what_nobody_reported_has_no_position(self, view: Resume, user: str) -> None:
        assert asyncio.run(view.position(user, "metropolis")) is None
        assert unfinished(view, user) == []

    def test_a_late_arrival_does_not_move_the_position_back(self, view: Resume, user: str) -> None:
        apply(view, user, [reported(20, position=50.0)])
        apply(view, user, [reported(10, position=10.0)])
        assert position(view, user)["position_seconds"] == 50.0

    def test_the_same_batch_again_changes_nothing(self, view: Resume, user: str) -> None:
        events = [reported(20, position=50.0), reported(10, position=10.0), reported(20, position=97.0, show="faust")]
        apply(view, user, events)
        before = position(view, user), position(view, user, "faust"), unfinished(view, user)
        apply(view, user, events)
        assert (position(view, user), position(view, user, "faust"), unfinished(view, user)) == before

    def test_at_the_same_moment_the_greater_event_id_stands_in_both_orders(self, view: Resume, user: str) -> None:
        # The ids differ where a locale's order is not that of the bytes.
        events = [reported(10, "a-lower", position=1.0), reported(10, "Z-upper", position=2.0), reported(10, "a.dot", position=3.0)]
        for number, order in enumerate((events, events[::-1])):
            apply(view, f"{user}-{number}", order)
            assert position(view, f"{user}-{number}")["position_seconds"] == 3.0

    def test_an_event_id_seen_again_changes_nothing_even_with_a_later_time(self, view: Resume, user: str) -> None:
        apply(view, user, [reported(10, "retry", position=10.0)])
        apply(view, user, [reported(11, "retry", position=99.0)])
        apply(view, user, [reported(12, "other", position=20.0), reported(13, "other", position=99.0)])
        assert position(view, user)["position_seconds"] == 20.0
        assert unfinished(view, user) == ["metropolis"]

    def test_a_recent_event_id_is_known_however_many_came_before(self, view: Resume, user: str) -> None:
        for number in range(60):
            event_id = f"{number:064d}"
            apply(view, user, [reported(number, event_id, position=10.0)])
            apply(view, user, [reported(1000 + number, event_id, position=99.0)])
            assert position(view, user)["position_seconds"] == 10.0, f"after {number} events"

    def test_a_finished_show_leaves_continue_watching_and_comes_back_when_it_is_watched_anew(self, view: Resume, user: str) -> None:
        apply(view, user, [reported(1, position=50.0)])
        assert unfinished(view, user) == ["metropolis"]
        apply(view, user, [reported(2, position=95.0)])
        assert unfinished(view, user) == []
        assert position(view, user)["finished"] is True
        apply(view, user, [reported(3, position=5.0)])
        assert unfinished(view, user) == ["metropolis"]

    def test_a_late_unfinished_position_does_not_bring_a_finished_show_back(self, view: Resume, user: str) -> None:
        apply(view, user, [reported(5, position=100.0)])
        apply(view, user, [reported(4, position=50.0)])
        assert unfinished(view, user) == []

    def test_continue_watching_is_most_recent_first_and_limited(self, view: Resume, user: str) -> None:
        apply(view, user, [reported(at, show=f"show-{at}") for at in (3, 1, 2)])
        assert unfinished(view, user) == ["show-3", "show-2", "show-1"]
        assert unfinished(view, user, limit=2) == ["show-3", "show-2"]

    def test_users_do_not_see_each_other(self, view: Resume, user: str) -> None:
        apply(view, user, [reported(1)])
        assert unfinished(view, f"{user}-other") == []

    @given(history=HISTORIES, seed=st.integers(0, 2**32))
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors])
    def test_any_order_any_batches_and_any_repetition_give_the_same_view(
        self, view: Resume, history: list[ShowPositionReported], seed: int
    ) -> None:
        chance = random.Random(seed)
        user = f"user-{uuid4().hex}"
        arrivals = history + chance.choices(history, k=len(history))
        chance.shuffle(arrivals)
        while arrivals:
            size = chance.randint(1, 6)
            apply(view, user, arrivals[:size])
            arrivals = arrivals[size:]
        latest: dict[str, ShowPositionReported] = {}
        for event in sorted(history, key=lambda event: (event.occurred_at, event.event_id)):
            latest[event.show_id] = event
        for show, event in latest.items():
            assert position(view, user, show)["position_seconds"] == event.position_seconds
        open_shows = [event for event in latest.values() if event.position_seconds < 95.0]
        found = unfinished(view, user)
        assert sorted(found) == sorted(event.show_id for event in open_shows)
        moments = [latest[show].occurred_at for show in found]
        assert moments == sorted(moments, reverse=True)
