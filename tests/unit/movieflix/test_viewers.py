"""The simulated household: the same from the same seed, possible in every step, and patient with APIs that are away."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import islice
from random import Random
from typing import Any

import msgspec
import pytest

from services.movieflix.contracts.household import HOUSEHOLD
from services.movieflix.contracts.rules import is_finished
from services.movieflix.contracts.topics import CASE_DIR
from services.movieflix.playback_api.domain import RateShow, ReportShowPosition, rate_show, report_position
from services.movieflix.viewers.app import Simulator, load_films
from services.movieflix.viewers.domain import (
    PAST_BEGINS,
    PAST_DAYS,
    PAST_RATINGS,
    Film,
    Position,
    Rating,
    household,
    past_ratings,
    watching,
)
from tests.fakes.skipping_loop import run_skipping

FILMS = load_films(CASE_DIR / "catalogue" / "public_domain_films.json")
NOW = 1_800_000_000_000_000


def test_the_same_seed_is_the_same_household_with_the_same_past() -> None:
    def past() -> list[Any]:
        return [rating for viewer in household(FILMS, 40, 3) for rating in past_ratings(viewer, FILMS, 3)]

    assert past() == past()
    assert {viewer.user_id for viewer in household(FILMS, 40, 3)}.isdisjoint(viewer.user_id for viewer in household(FILMS, 40, 4))


def test_nobody_plays_the_members_that_a_person_can_be() -> None:
    assert {viewer.user_id for viewer in household(FILMS, 1000, 1)}.isdisjoint(member.user_id for member in HOUSEHOLD)


def test_each_viewer_has_two_or_three_favourite_genres_and_likes_their_films_better() -> None:
    viewers = household(FILMS, 40, 1)
    films = {film.show_id: film for film in FILMS}
    liked: list[float] = []
    other: list[float] = []
    for viewer in viewers:
        assert len(viewer.taste) in (2, 3)
        for rating in past_ratings(viewer, FILMS, 1):
            (liked if viewer.likes(films[rating.show_id]) else other).append(rating.rating)
    assert sum(liked) / len(liked) > sum(other) / len(other) + 1
    assert len(liked) > 2 * len(other)


def test_past_ratings_are_of_different_films_in_order_of_time_and_long_ago() -> None:
    for viewer in household(FILMS, 40, 1):
        ratings = past_ratings(viewer, FILMS, 1)
        assert PAST_RATINGS[0] <= len(ratings) == len({rating.show_id for rating in ratings}) <= PAST_RATINGS[1]
        times = [rating.occurred_at for rating in ratings]
        assert times == sorted(times)
        assert times[0] >= PAST_BEGINS
        assert times[-1] < PAST_BEGINS + PAST_DAYS * 86_400_000_000


def test_every_step_is_one_that_playback_api_takes() -> None:
    viewers = household(FILMS, 40, 1)
    for rating in (rating for viewer in viewers for rating in past_ratings(viewer, FILMS, 1)):
        rate_show(RateShow(rating.user_id, rating.show_id, rating.rating, None, rating.event_id), NOW)
    for step in islice(watching(viewers, FILMS, Random(1)), 20_000):
        if isinstance(step, Rating):
            rate_show(msgspec.convert(msgspec.to_builtins(step), RateShow), NOW)
        else:
            report_position(msgspec.convert(msgspec.to_builtins(step), ReportShowPosition), NOW)


def test_viewers_finish_abandon_seek_switch_devices_and_rate_what_they_finished() -> None:
    short = [Film(f"film-{number}", "Film", 1920, ("Drama",) if number % 2 else ("Comedy",), 5) for number in range(12)]
    finished: set[tuple[str, str]] = set()
    last: dict[tuple[str, str], Position] = {}
    kinds: Counter[str] = Counter()
    for step in islice(watching(household(short, 10, 1), short, Random(1)), 2_000):
        if isinstance(step, Rating):
            kinds["rated"] += 1
            assert (step.user_id, step.show_id) in finished
            continue
        key = (step.user_id, step.show_id)
        before = last.get(key)
        if before and before.device_id != step.device_id:
            kinds["switched"] += 1
        if before and not 0 <= step.position_seconds - before.position_seconds <= 11:
            kinds["sought"] += 1
        if is_finished(step.position_seconds, step.duration_seconds):
            finished.add(key)
        last[key] = step
    assert all(kinds[kind] for kind in ("rated", "switched", "sought"))
    assert finished < last.keys()


class FakeApi:
    """A catalogue that knows some films, and a record of what was posted."""

    def __init__(self, known: set[str] | None = None, rejects: bool = False) -> None:
        self.known = known or set()
        self.posts: list[tuple[str, Any]] = []
        self._rejects = rejects

    async def get(self, path: str) -> Any:
        return {} if path.rsplit("/", 1)[1] in self.known else None

    async def post(self, path: str, body: Any) -> Any:
        self.posts.append((path, body))
        rejected = [{"index": 0, "detail": "no such thing"}] if self._rejects else []
        return {"accepted": len(body), "rejected": rejected}


def simulator(playback: FakeApi, catalog: FakeApi, count: int = 3) -> Simulator:
    return Simulator(FILMS, count, 1, playback, catalog, lambda: NOW)


def test_what_is_in_the_catalogue_is_not_sent_again_and_readiness_follows_the_acknowledgement() -> None:
    playback, catalog = FakeApi(), FakeApi({film.show_id for film in FILMS[2:]})
    one = simulator(playback, catalog)
    assert one.check() is not None
    asyncio.run(one.prepare())
    assert one.check() is None
    ((path, films),) = catalog.posts
    assert (path, [film["show_id"] for film in films]) == ("/v1/shows/batch", [film.show_id for film in FILMS[:2]])


def test_a_restart_sends_the_same_past() -> None:
    playback = FakeApi()
    for _ in range(2):
        asyncio.run(simulator(playback, FakeApi()).prepare())
    first, second = playback.posts
    assert first == second


def test_a_past_that_is_rejected_is_an_error_and_not_ready() -> None:
    one = simulator(FakeApi(rejects=True), FakeApi({film.show_id for film in FILMS}))
    with pytest.raises(ValueError, match=r"/v1/ratings/batch rejected 1 of .* items: no such thing"):
        asyncio.run(one.prepare())
    assert one.check() is not None


@pytest.mark.parametrize(("rate", "batched"), [(20.0, True), (5.0, False)])
def test_the_rate_is_kept_and_events_have_ids_and_times_of_their_own(rate: float, batched: bool) -> None:
    playback = FakeApi()

    async def watch() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10.01):
                await simulator(playback, FakeApi()).watch(rate)

    run_skipping(watch())
    events = [item for path, body in playback.posts for item in (body if path.endswith("batch") else [body])]
    assert rate * 10 <= len(events) <= rate * 10.5
    assert any(path.endswith("batch") for path, _ in playback.posts) == batched
    assert len({event["event_id"] for event in events}) == len(events)
    assert all("occurred_at" in event for event in events)
