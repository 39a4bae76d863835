"""Scores, reasons and fall-back of a ranking, against the plain formula."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.movieflix.contracts.events import PopularShow
from services.movieflix.contracts.item_model import ItemModel
from services.movieflix.recommender.domain import History, Rating, ShowHistory
from services.movieflix.recommender.ranking import PUBLISHED_SHOWS, REASONS, Ranker

ITEMS = tuple(f"show-{number}" for number in range(40))
WEIGHTS = np.random.default_rng(7).normal(size=(40, 40)).astype(np.float32)
np.fill_diagonal(WEIGHTS, 0)
POPULAR = [PopularShow(f"show-{number}", f"Show {number}", 0.5) for number in range(30)]

some_shows = st.sets(st.sampled_from(ITEMS), max_size=20)


def a_ranker() -> Ranker:
    return Ranker(ItemModel(ITEMS, WEIGHTS), version=3, trained_at=0, popular=POPULAR)


def a_history(liked: set[str], disliked: set[str] = frozenset(), started: set[str] = frozenset()) -> History:  # type: ignore[assignment]
    history = History()
    for show in started:
        history.put(show, ShowHistory())
    for show in disliked:
        history.put(show, ShowHistory(rating=Rating(1.0, 0, "e")))
    for show in liked:
        history.put(show, ShowHistory(rating=Rating(5.0, 0, "e")))
    return history


@given(some_shows.filter(bool), some_shows, some_shows)
def test_scores_are_the_sum_of_the_rows_of_what_was_liked_best_first(liked: set[str], disliked: set[str], started: set[str]) -> None:
    history = a_history(liked, disliked - liked, started)
    items, fallback = a_ranker().recommend("ada", history, {})
    expected = WEIGHTS[[ITEMS.index(show) for show in liked]].sum(axis=0)
    left = [show for show in ITEMS if history.get(show) is None]
    best = sorted(left, key=lambda show: -expected[ITEMS.index(show)])[:PUBLISHED_SHOWS]
    assert fallback is None
    assert [item.show_id for item in items] == best
    np.testing.assert_allclose([item.score for item in items], [expected[ITEMS.index(show)] for show in best], atol=1e-5)


@given(some_shows.filter(bool))
def test_reasons_are_the_liked_shows_that_weigh_most_and_only_those_that_speak_for_it(liked: set[str]) -> None:
    items, _ = a_ranker().recommend("ada", a_history(liked), {})
    for item in items:
        column = ITEMS.index(item.show_id)
        weighing = sorted(liked, key=lambda show: -WEIGHTS[ITEMS.index(show), column])
        assert item.because == [show for show in weighing[:REASONS] if WEIGHTS[ITEMS.index(show), column] > 0]


@settings(max_examples=30)
@given(st.lists(some_shows.filter(bool), min_size=2, max_size=6))
def test_scores_that_grew_step_by_step_equal_scores_computed_anew(steps: list[set[str]]) -> None:
    kept = a_ranker()
    for liked in steps:
        stepwise, _ = kept.recommend("ada", a_history(liked), {})
    anew, _ = a_ranker().recommend("ada", a_history(steps[-1]), {})
    np.testing.assert_allclose(sorted(item.score for item in stepwise), sorted(item.score for item in anew), atol=1e-4)


def test_who_liked_nothing_that_the_model_knows_gets_what_is_popular_and_not_begun() -> None:
    items, fallback = a_ranker().recommend("ada", a_history({"unknown"}, {"show-0"}, {"show-1"}), {})
    assert fallback == "popular"
    assert [item.show_id for item in items] == [f"show-{number}" for number in range(2, 2 + PUBLISHED_SHOWS)]
    assert all(item.because == [] for item in items)


def test_a_title_that_the_catalogue_lacks_is_replaced_by_the_id() -> None:
    items, _ = a_ranker().recommend("ada", a_history({"show-0"}), {"show-1": "One"})
    assert {item.show_id: item.title for item in items if item.show_id in ("show-1", "show-2")}.items() <= {
        "show-1": "One",
        "show-2": "show-2",
    }.items()


def test_an_empty_model_recommends_what_is_popular() -> None:
    empty = Ranker(ItemModel((), np.zeros((0, 0), dtype=np.float32)), 1, 0, POPULAR)
    items, fallback = empty.recommend("ada", a_history({"show-0"}), {})
    assert fallback == "popular" and items[0].show_id == "show-1"
