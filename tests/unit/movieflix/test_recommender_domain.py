"""A history is the same whatever the order of its events, and however often each arrives."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.movieflix.contracts.events import GenreShare, ShowPositionReported, ShowRated
from services.movieflix.recommender.domain import History, Rating, ShowHistory, rated, watched

shows = st.sampled_from(["nosferatu", "metropolis", "the-general"])
ratings = st.builds(
    ShowRated,
    event_id=st.uuids().map(str),
    user_id=st.just("ada"),
    show_id=shows,
    rating=st.sampled_from([0.5, 3.0, 3.5, 5.0]),
    occurred_at=st.integers(0, 5),
)
positions = st.builds(
    ShowPositionReported,
    event_id=st.uuids().map(str),
    user_id=st.just("ada"),
    show_id=shows,
    device_id=st.just("tv"),
    position_seconds=st.floats(0, 100),
    duration_seconds=st.just(100.0),
    occurred_at=st.integers(0, 5),
)


def played(events: Sequence[ShowRated | ShowPositionReported]) -> tuple[History, dict[str, ShowHistory]]:
    history, shows = History(), dict[str, ShowHistory]()
    for event in events:
        before = shows.get(event.show_id)
        changed = rated(before, event) if isinstance(event, ShowRated) else watched(before, event)
        if changed:
            shows[event.show_id] = changed
            history.put(event.show_id, changed)
    return history, shows


def a_position(seconds: float, show: str = "nosferatu") -> ShowPositionReported:
    return ShowPositionReported("e", "ada", show, "tv", seconds, 100.0, 1)


def a_rating(show: str, stars: float, occurred_at: int = 1, event_id: str = "e") -> ShowRated:
    return ShowRated(event_id, "ada", show, stars, occurred_at)


@given(st.lists(ratings | positions, max_size=12), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing_but_the_revision(events: list[ShowRated | ShowPositionReported], rng: random.Random) -> None:
    shuffled = events + rng.sample(events, k=len(events) // 2)
    rng.shuffle(shuffled)
    (once, shows), (again, other_shows) = played(events), played(shuffled)
    assert {show: (h.rating, h.finished) for show, h in shows.items()} == {show: (h.rating, h.finished) for show, h in other_shows.items()}
    assert (once.seen, once.liked, sorted(once)) == (again.seen, again.liked, sorted(again))


@given(st.lists(ratings | positions, max_size=12))
def test_the_sums_of_a_history_equal_a_count_over_its_shows(events: list[ShowRated | ShowPositionReported]) -> None:
    history, shows = played(events)
    assert history.revision == sum(show.revision for show in shows.values())
    assert history.seen == sum(show.rating is not None or show.finished for show in shows.values())
    assert history.liked == {name for name, show in shows.items() if (show.rating.stars >= 3.5 if show.rating else show.finished)}


@given(st.lists(ratings, min_size=1, max_size=12))
def test_the_latest_rating_of_a_show_wins(events: list[ShowRated]) -> None:
    _, shows = played(events)
    for show in {event.show_id for event in events}:
        latest = max((e for e in events if e.show_id == show), key=lambda e: (e.occurred_at, e.event_id))
        assert shows[show].rating == Rating(latest.rating, latest.occurred_at, latest.event_id)


def test_each_change_raises_the_revision_by_one_and_a_repetition_does_not() -> None:
    history = rated(None, a_rating("nosferatu", 4))
    assert history is not None and history.revision == 1
    assert rated(history, a_rating("nosferatu", 4)) is None
    later = rated(history, a_rating("nosferatu", 5, occurred_at=2, event_id="f"))
    assert later is not None and later.revision == 2


def test_an_event_id_seen_again_with_another_rating_changes_nothing() -> None:
    history = rated(None, a_rating("nosferatu", 4, occurred_at=1))
    assert rated(history, a_rating("nosferatu", 1, occurred_at=2)) is None


def test_a_show_is_finished_from_95_percent_on_and_stays_so() -> None:
    begun = watched(None, a_position(94.9))
    assert begun is not None and not begun.finished
    finished = watched(begun, a_position(95.0))
    assert finished is not None and finished.finished
    assert watched(finished, a_position(3.0)) is None


def test_what_was_begun_is_not_seen_but_is_not_to_be_recommended() -> None:
    history, _ = played([a_position(10)])
    assert history.seen == 0
    assert list(history) == ["nosferatu"]


def test_a_low_rating_speaks_for_nothing_even_of_a_finished_show() -> None:
    history, _ = played([a_position(100), a_rating("nosferatu", 2.5), a_position(100, "metropolis")])
    assert history.liked == {"metropolis"}


GENRES = {"nosferatu": ["Horror"], "metropolis": ["Drama", "Sci-Fi"], "the-general": ["Comedy", "Drama"]}


def test_genre_shares_weigh_stars_divide_them_among_genres_and_add_up_to_one() -> None:
    history, _ = played([a_rating("nosferatu", 5), a_position(100, "metropolis"), a_rating("unknown", 5), a_position(1, "the-general")])
    shares = history.genre_shares(GENRES, 1)
    assert [(share.genre, share.share) for share in shares] == [("Horror", 5 / 8), ("Drama", 1.5 / 8), ("Sci-Fi", 1.5 / 8)]


def test_genre_shares_follow_the_catalogue() -> None:
    history, _ = played([a_rating("nosferatu", 5)])
    assert history.genre_shares({}, 1) == []
    assert history.genre_shares(GENRES, 2) == [GenreShare("Horror", 1.0)]


@given(st.lists(ratings | positions, max_size=12))
def test_shares_asked_for_after_each_change_equal_shares_asked_for_once(events: list[ShowRated | ShowPositionReported]) -> None:
    stepwise = History()
    _, shows = played([])
    for event in events:
        before = shows.get(event.show_id)
        changed = rated(before, event) if isinstance(event, ShowRated) else watched(before, event)
        if changed:
            shows[event.show_id] = changed
            stepwise.put(event.show_id, changed)
        stepwise.genre_shares(GENRES, 1)
    anew = History()
    for show_id, show in shows.items():
        anew.put(show_id, show)
    expected = {share.genre: share.share for share in anew.genre_shares(GENRES, 1)}
    assert {share.genre: share.share for share in stepwise.genre_shares(GENRES, 1)} == pytest.approx(expected)
