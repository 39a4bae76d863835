"""The recomputation: by hand for a few events; for many, equal to what the services' own rules make of the same events in any order."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from services.movieflix.contracts.events import ShowPositionReported, ShowRated
from services.movieflix.contracts.item_model import ItemModel
from services.movieflix.contracts.topics import SHOW_POSITION, SHOW_RATING
from services.movieflix.recommender.domain import History, ShowHistory, rated, watched
from services.movieflix.recommender.ranking import Ranker
from shared.clock import from_rfc3339
from tests.chaos.ledger import Event, Flaw, Ledger, compare
from tests.chaos.movieflix.load import World, position_event, rating
from tests.chaos.movieflix.recommended import flaw
from tests.chaos.movieflix.truth import Truth
from tests.chaos.streams import BATCH

CATALOGUE = [{"show_id": f"s{n}", "title": f"Show {n}", "genres": ["Drama"] if n % 2 else ["Drama", "Comedy"]} for n in range(4)]


def at(second: int) -> str:
    return f"2001-02-03T04:05:{second:02d}Z"


def watch(number: int, second: int, position: float, show: str = "s1", user: str = "ann") -> Event:
    body = {"user_id": user, "show_id": show, "occurred_at": at(second), "position_seconds": position, "duration_seconds": 100.0}
    return position_event(f"p{number}", body)


def rate(number: int, second: int, stars: float, show: str = "s1", user: str = "ann") -> Event:
    return rating(f"r{number}", {"user_id": user, "show_id": show, "occurred_at": at(second), "rating": stars})


def test_the_latest_position_counts_whatever_came_last() -> None:
    truth = Truth([watch(1, 30, 50.0), watch(2, 10, 10.0), watch(3, 20, 97.0)], [], CATALOGUE)
    assert truth.resume()["ann", "s1"]["position_seconds"] == 50.0
    assert [item["show_id"] for item in truth.continue_watching(10)["ann"]] == ["s1"]
    assert truth.finished == {("ann", "s1")}


def test_of_the_same_moment_the_higher_event_id_counts() -> None:
    truth = Truth([watch(1, 30, 50.0), watch(2, 30, 10.0)], [], CATALOGUE)
    assert truth.resume()["ann", "s1"]["position_seconds"] == 10.0


def test_top_shows_count_the_latest_rating_of_each_user() -> None:
    truth = Truth(
        [watch(1, 1, 5.0)], [rate(1, 1, 5.0), rate(2, 2, 1.0), rate(3, 1, 4.0, user="bob"), rate(4, 1, 4.0, "s2", "bob")], CATALOGUE
    )
    first, second = truth.top_shows("ratings", 10)
    assert (first["show_id"], first["ratings"], first["mean_rating"], first["viewers"]) == ("s1", 2, 2.5, 1)
    assert second["viewers"] == 0
    assert truth.summary() == {"positions": 1, "ratings": 4, "users": 2, "shows": 2}


def test_activity_and_drop_off_count_events_and_furthest_positions() -> None:
    truth = Truth([watch(1, 1, 50.0), watch(2, 2, 20.0)], [rate(1, 1, 5.0)], CATALOGUE)
    assert truth.activity("hour") == [{"start": "2001-02-03T04:00:00Z", "positions": 2, "ratings": 1}]
    assert truth.activity("month") == [{"start": "2001-02-01T00:00:00Z", "positions": 2, "ratings": 1}]
    assert truth.drop_off(4)["s1"] == {
        "viewers": 1,
        "items": [
            {"fraction": 0.25, "viewers": 1},
            {"fraction": 0.5, "viewers": 1},
            {"fraction": 0.75, "viewers": 0},
            {"fraction": 1.0, "viewers": 0},
        ],
    }


@pytest.fixture(scope="module")
def load() -> tuple[World, Ledger]:
    world, ledger = World(seed=5, run="t", users=20), Ledger()
    for stream, batches in enumerate(world.streams(3000, 3)):
        for turn, batch in enumerate(batches):
            ledger.acknowledge(batch, stream, turn)
    return world, ledger


def test_the_load_has_every_event_once_and_then_repeats_late_and_changed_ones(load: tuple[World, Ledger]) -> None:
    world, ledger = load
    assert len(ledger) == 3000
    assert ledger.repeats > 100
    positions = ledger.events(SHOW_POSITION.name)
    assert all(world.start <= from_rfc3339(event.body["occurred_at"]) < world.end for event in positions)
    times = [from_rfc3339(entry.event.body["occurred_at"]) for entry in ledger.entries(SHOW_POSITION.name) if entry.stream == 0]
    assert times != sorted(times)
    assert not any(event.body["position_seconds"] == 1.25 for event in positions), "what is changed comes after the original"


def test_the_same_seed_gives_the_same_load() -> None:
    assert World(5, "t").streams(500, 2) == World(5, "t").streams(500, 2)
    assert World(5, "t").streams(500, 2) != World(6, "t").streams(500, 2)


def test_no_batch_is_longer_than_the_api_takes_and_each_is_of_one_topic(load: tuple[World, Ledger]) -> None:
    batches = [batch for stream in load[0].streams(3000, 3) for batch in stream]
    assert all(0 < len(batch) <= BATCH and len({event.topic for event in batch}) == 1 for batch in batches)


def histories_of(ledger: Ledger) -> dict[str, History]:
    """As the recommender makes them, in an order of its own."""
    events: list[Event] = ledger.events(SHOW_POSITION.name) + ledger.events(SHOW_RATING.name)
    random.Random(1).shuffle(events)
    shows: dict[tuple[str, str], ShowHistory] = {}
    for event in events:
        body = {**event.body, "occurred_at": from_rfc3339(event.body["occurred_at"])}
        key = (body["user_id"], body["show_id"])
        rules: Any = (rated, ShowRated) if event.topic == SHOW_RATING.name else (watched, ShowPositionReported)
        apply, kind = rules
        changed = apply(shows.get(key), kind(**body))
        shows[key] = changed or shows[key]
    histories: dict[str, History] = {}
    for (user, show), history in shows.items():
        histories.setdefault(user, History()).put(show, history)
    return histories


def truth_of(load: tuple[World, Ledger]) -> Truth:
    world, ledger = load
    return Truth(ledger.events(SHOW_POSITION.name), ledger.events(SHOW_RATING.name), world.catalogue())


def test_profiles_are_those_of_the_recommenders_rules(load: tuple[World, Ledger]) -> None:
    truth, histories = truth_of(load), histories_of(load[1])
    genres = {show["show_id"]: show["genres"] for show in load[0].catalogue()}
    for user, profile in truth.profiles().items():
        assert profile["seen"] == histories[user].seen
        assert profile["genres"] == pytest.approx({g.genre: g.share for g in histories[user].genre_shares(genres, 1)})
        assert truth.liked_by()[user] == histories[user].liked
        assert truth.shows_of()[user] == set(histories[user])


def model_of(world: World) -> ItemModel:
    chance = np.random.default_rng(3)
    items = tuple(world.show(number) for number in range(100))
    return ItemModel(items, chance.normal(size=(100, 100)).astype(np.float32))


def test_the_rankers_answers_are_sound_and_every_planted_flaw_is_named(load: tuple[World, Ledger]) -> None:
    truth, model, user = truth_of(load), model_of(load[0]), load[0].user(0)
    begun, liked = truth.shows_of()[user], truth.liked_by()[user]
    shows, fallback = Ranker(model, 1, 0, []).recommend(user, histories_of(load[1])[user], {})
    items = [{"show_id": show.show_id, "score": show.score, "because": show.because} for show in shows]
    answer: dict[str, Any] = {"items": items, "fallback": fallback, "model": {"version": 1}}
    assert flaw(answer, begun, liked, model) == ""
    assert "was begun" in flaw(answer, begun | {items[3]["show_id"]}, liked, model)
    assert "which is not kept" in flaw(answer, begun, liked, None)
    assert "falls back" in flaw(answer | {"fallback": "popular"}, begun, liked, model)
    assert "twice" in flaw(answer | {"items": [items[0], *items]}, begun, liked, model)
    assert "the score" in flaw(answer | {"items": [items[0] | {"score": 9.0}, *items[1:]]}, begun, liked, model)
    assert "that are left" in flaw(answer | {"items": items[:-1]}, begun, liked, model)
    assert "does not like" in flaw(answer | {"items": [items[0] | {"because": ["x"]}, *items[1:]]}, begun, liked, model)
    left_out = next(show for show in model.items if show not in begun and show not in {item["show_id"] for item in items})
    score = float(
        model.weights[[model.items.index(show) for show in liked if show in model.items]].sum(axis=0)[model.items.index(left_out)]
    )
    worse = [*items[1:], {"show_id": left_out, "score": score, "because": []}]
    assert "leaves out" in flaw(answer | {"items": worse}, begun, liked, model)


@pytest.mark.parametrize("counted", [0, 2])
def test_one_event_that_is_missing_or_counts_twice_shows_in_every_figure_that_counts_events(
    load: tuple[World, Ledger], counted: int
) -> None:
    world, ledger = load
    positions, ratings = ledger.events(SHOW_POSITION.name), ledger.events(SHOW_RATING.name)
    truth = Truth(positions, ratings, world.catalogue())
    planted = Truth([*positions[1:], *[positions[0]] * counted], ratings, world.catalogue())
    (finding,) = compare("analytics summary", truth.summary(), planted.summary().items())
    assert (finding.flaw, finding.example.split()[0]) == (Flaw.DIFFERENT, "positions")
    for interval in ("hour", "day", "month"):
        expected = {item["start"]: item for item in truth.activity(interval)}
        found = [(item["start"], item) for item in planted.activity(interval)]
        assert sum(finding.count for finding in compare(f"activity by {interval}", expected, found)) == 1
