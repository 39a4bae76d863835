"""A history is the same whatever the order of its events, and however often each arrives."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from services.movieflix.contracts.events import ShowPositionReported, ShowRated
from services.movieflix.recommender.domain import NOTHING, History, Rating, genre_shares, rated, watched

shows = st.sampled_from(["nosferatu", "metropolis", "the-general"])
ratings = st.builds(
    ShowRated,
    event_id=st.uuids().map(str),
    user_id=st.just("ada"),
    show_id=shows,
    rating=st.sampled_from([0.5, 2.5, 3.0, 5.0]),
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


def played(events: list[ShowRated | ShowPositionReported]) -> History:
    history = None
    for event in events:
        changed = rated(history, event) if isinstance(event, ShowRated) else watched(history, event)
        history = changed or history
    return history or NOTHING


def a_position(seconds: float, show: str = "nosferatu") -> ShowPositionReported:
    return ShowPositionReported("e", "ada", show, "tv", seconds, 100.0, 1)


def a_rating(show: str, stars: float, occurred_at: int = 1, event_id: str = "e") -> ShowRated:
    return ShowRated(event_id, "ada", show, stars, occurred_at)


@given(st.lists(ratings | positions, max_size=12), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing_but_the_revision(events: list[ShowRated | ShowPositionReported], rng: random.Random) -> None:
    shuffled = events + rng.sample(events, k=len(events) // 2)
    rng.shuffle(shuffled)
    once, again = played(events), played(shuffled)
    assert (once.ratings, once.finished, once.started) == (again.ratings, again.finished, again.started)


@given(st.lists(ratings, min_size=1, max_size=12))
def test_the_latest_rating_of_a_show_wins(events: list[ShowRated]) -> None:
    history = played(list(events))
    for show in {event.show_id for event in events}:
        latest = max((e for e in events if e.show_id == show), key=lambda e: (e.occurred_at, e.event_id))
        assert history.ratings[show] == Rating(latest.rating, latest.occurred_at, latest.event_id)


def test_each_change_raises_the_revision_by_one_and_a_repetition_does_not() -> None:
    history = rated(None, a_rating("nosferatu", 4))
    assert history is not None and history.revision == 1
    assert rated(history, a_rating("nosferatu", 4)) is None


def test_an_event_id_seen_again_with_another_rating_changes_nothing() -> None:
    history = rated(None, a_rating("nosferatu", 4, occurred_at=1))
    assert rated(history, a_rating("nosferatu", 1, occurred_at=2)) is None


def test_a_show_is_finished_from_95_percent_on_and_stays_so() -> None:
    begun = watched(None, a_position(94.9))
    assert begun is not None and begun.started == {"nosferatu"} and not begun.finished
    finished = watched(begun, a_position(95.0))
    assert finished is not None and finished.finished == {"nosferatu"} and not finished.started
    assert watched(finished, a_position(3.0)) is None


def test_what_was_begun_is_not_seen_but_is_not_to_be_recommended() -> None:
    history = watched(None, a_position(10))
    assert history is not None
    assert history.seen() == set()
    assert history.not_to_recommend() == {"nosferatu"}


def test_a_low_rating_speaks_for_nothing_even_of_a_finished_show() -> None:
    history = played([a_position(100), a_rating("nosferatu", 2.5), a_position(100, "metropolis")])
    assert history.liked() == {"metropolis"}


def test_genre_shares_weigh_stars_divide_them_among_genres_and_add_up_to_one() -> None:
    history = played([a_rating("nosferatu", 5), a_position(100, "metropolis"), a_rating("unknown", 5)])
    shares = genre_shares(history, {"nosferatu": ["Horror"], "metropolis": ["Drama", "Sci-Fi"]})
    assert [(share.genre, share.share) for share in shares] == [("Horror", 5 / 8), ("Drama", 1.5 / 8), ("Sci-Fi", 1.5 / 8)]
