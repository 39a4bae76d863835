"""The baselines against their textbook formulas, and the product's own fit against a baseline that computes the same another way."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from loadtests.evaluation.report import Goal
from loadtests.evaluation.split import Events, split_by_time
from loadtests.evaluation.task import Task
from loadtests.movieflix import evaluate
from loadtests.movieflix.data import past_ratings, read
from loadtests.movieflix.evaluate import live_ranked, tell
from loadtests.movieflix.product import product_ease
from loadtests.movieflix.recommenders import Ease, Neighbours, best, popular
from loadtests.movieflix.tuning import rank, tune
from services.movieflix.contracts.rules import LIKED_FROM
from services.movieflix.model_trainer.settings import TrainerSettings
from services.movieflix.replay.movielens import DataError
from shared.progress import Progress

KNOWN = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 0], [1, 0, 0, 1]], dtype=np.float32)


def synthetic(users: int = 40, items: int = 30, taste: bool = True) -> Task:
    """Users of two tastes: each likes one half of the items."""
    rng = np.random.default_rng(2)
    rows = []
    for user in range(users):
        half = np.arange(items) % 2 == user % 2 if taste else np.ones(items, dtype=bool)
        for second, item in enumerate(rng.permutation(np.flatnonzero(half))[:10]):
            rows.append((user, int(item), second, 5.0))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    past, then = split_by_time(Events(columns[0], columns[1], columns[2], columns[3].astype(float)), 0.2)
    return Task(past, then, users, items, relevant_from=4.0, least_past=2)


def test_popular_counts_users() -> None:
    assert popular(KNOWN)[0].tolist() == [3, 3, 2, 1]


def test_neighbours_are_by_cosine() -> None:
    scores = Neighbours(KNOWN, 0.0, 3).scores(3)
    cosine = (KNOWN.T @ KNOWN) / np.sqrt(np.outer(KNOWN.sum(axis=0), KNOWN.sum(axis=0)))
    np.fill_diagonal(cosine, 0)
    np.testing.assert_allclose(scores, KNOWN @ cosine, atol=1e-6)


def test_only_the_nearest_count_and_shrinkage_damps() -> None:
    one = Neighbours(KNOWN, 0.0, 3).scores(1)
    assert one[3, 2] == 0  # the nearest of item 2 is item 1, which user 3 has not
    assert (Neighbours(KNOWN, 5.0, 3).scores(3) <= Neighbours(KNOWN, 0.0, 3).scores(3) + 1e-6).all()


@pytest.mark.parametrize("regularisation", [0.5, 10.0])
def test_ease_without_its_matrix_is_the_closed_form(regularisation: float) -> None:
    known = KNOWN.astype(float)
    p = np.linalg.inv(known.T @ known + regularisation * np.eye(4))
    expected = known @ (np.eye(4) - p / np.diag(p))
    np.testing.assert_allclose(Ease(KNOWN).scores(regularisation), expected, atol=1e-5)


def test_the_best_are_unseen_and_ties_go_to_the_popular() -> None:
    scores = np.array([[0.5, 0.9, 0.5, 0.5, 0.1]], dtype=np.float32)
    seen = np.array([[False, True, False, False, False]])
    assert best(scores, seen, np.array([1, 9, 5, 1, 0], dtype=np.float32), 3) == [[2, 0, 3]]
    assert best(scores, np.ones((1, 5), dtype=bool), np.zeros(5, dtype=np.float32), 3) == [[]]


def test_the_products_fit_ranks_as_ease_computed_another_way() -> None:
    task = synthetic()
    settings = TrainerSettings()
    ranked = product_ease(task, [f"{number:02}" for number in range(task.items)]).ranked
    known = task.known(LIKED_FROM)
    scores = Ease(known).scores(settings.regularisation)
    scores[:, known.sum(axis=0) < settings.min_interactions] = -np.inf
    expected = best(scores, task.seen, known.sum(axis=0), 20)
    for user in task.judged:  # by score: among ties of rounding, either order is right
        np.testing.assert_allclose(scores[user, list(ranked[user])], scores[user, expected[user]], atol=1e-5)


def test_personal_systems_find_a_taste_that_popularity_cannot() -> None:
    task = synthetic()
    tuned = tune(task)
    recall = {system: task.judge(rank(task, system, tried[0].parameters))["Recall@10"].mean() for system, tried in tuned.items()}
    assert recall["EASE"] > recall["popular"] + 0.2
    assert recall["item-kNN"] > recall["popular"] + 0.2
    assert recall["EASE"] == pytest.approx(tuned["EASE"][0].measured["Recall@10"])


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[int], Path]:
    """A MovieLens folder with so many ratings for each of twelve users."""

    def make(ratings: int) -> Path:
        (tmp_path / "movies.csv").write_text("movieId,title,genres\n" + "".join(f"{m},Film {m} (1990),Drama\n" for m in range(31)))
        rows = [f"{user},{(user * 7 + n) % 30},{1 + n % 5},{1000 * n}\n" for user in range(1, 13) for n in range(ratings)]
        (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n" + "".join(rows))
        return tmp_path

    return make


def test_the_live_system_is_told_the_past_and_nothing_that_comes_next(folder: Callable[[int], Path]) -> None:
    data = read(folder(25))
    told = {(rating.user_id, rating.show_id) for rating in past_ratings(data)}
    then = {(data.users[u], data.movies[m]) for u, m in zip(data.test.next.users, data.test.next.items, strict=True)}
    assert len(told) == 12 * 20 and len(then) == 12 * 5 and not told & then
    assert len(data.tuning.past) == 12 * 16 and len(data.tuning.next) == 12 * 4


def test_the_live_systems_answers_are_judged_also_where_they_name_a_film_that_nobody_rated(folder: Callable[[int], Path]) -> None:
    data = read(folder(25))
    perfect = {
        user: [data.movies[movie] for movie in sorted(data.test.relevant[number])] + ["30"] for number, user in enumerate(data.users)
    }
    assert data.test.judge(live_ranked(data, perfect))["Recall@20"].tolist() == [1.0] * len(data.test.judged)


def test_data_without_a_user_to_judge_are_refused_with_a_sentence(folder: Callable[[int], Path]) -> None:
    with pytest.raises(DataError, match="has no user with 10 ratings"):
        read(folder(5))


@pytest.mark.parametrize(("reached", "code"), [(True, 0), (False, 1)])
def test_a_missed_goal_is_the_exit_code(reached: bool, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "RESULTS", tmp_path / "results" / "evaluate")
    told = io.StringIO()
    document = {"machine": {"cpu": "a cpu", "cores": 2}, "seconds": 1.0}
    assert tell(document, [Goal("above all", reached, "by a lot")], "planted", Progress(told)) == code
    assert document.items() <= json.loads((tmp_path / "results" / "evaluate" / "planted.json").read_text()).items()
    assert told.getvalue().startswith("reached  above all" if reached else "MISSED   above all")
