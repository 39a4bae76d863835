"""The best values of each baseline, chosen on a validation part by NDCG@10; the test part is not here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from loadtests.evaluation.measures import LONGEST
from loadtests.evaluation.task import Ranked, Task
from loadtests.movieflix.recommenders import Ease, Matrix, Neighbours, best, popular

CHOSEN_BY = "NDCG@10"
LIKED_FROM = (3.0, 3.5, 4.0)
LAMBDAS = (50.0, 100.0, 200.0, 400.0, 800.0)
SHRINKAGES = (0.0, 10.0, 50.0)
NEIGHBOURS = (20, 50, 100, 200, 400)

Values = dict[str, float]
"""A system's parameters by name."""


@dataclass(frozen=True)
class Tried:
    parameters: Values
    measured: dict[str, float]
    """Means by measure, on the validation part."""

    def summary(self) -> dict[str, Any]:
        return {**self.parameters, **{name: round(value, 5) for name, value in self.measured.items()}}


def tune(task: Task) -> dict[str, list[Tried]]:
    """By system, everything tried, best first."""
    return {
        name: sorted(
            (Tried(parameters, _means(task, ranked)) for parameters, ranked in _rankings(task, name)), key=lambda t: -t.measured[CHOSEN_BY]
        )
        for name in ("popular", "item-kNN", "EASE")
    }


def rank(task: Task, system: str, parameters: Values) -> Ranked:
    """The lists of one system with these parameters."""
    columns, known = _columns(task, parameters["liked_from"])
    if system == "popular":
        scores = popular(known)
    elif system == "item-kNN":
        neighbours = int(parameters["neighbours"])
        scores = Neighbours(known, parameters["shrinkage"], neighbours).scores(neighbours)
    else:
        scores = Ease(known).scores(parameters["lambda"])
    return _ranked(task, columns, known, scores)


def _rankings(task: Task, system: str) -> Iterator[tuple[Values, Ranked]]:
    """As `rank` for every combination, with what they have in common computed once."""
    for liked_from in LIKED_FROM:
        columns, known = _columns(task, liked_from)
        if system == "popular":
            yield {"liked_from": liked_from}, _ranked(task, columns, known, popular(known))
        elif system == "EASE":
            ease = Ease(known)
            for value in LAMBDAS:
                yield {"liked_from": liked_from, "lambda": value}, _ranked(task, columns, known, ease.scores(value))
        else:
            for shrinkage in SHRINKAGES:
                model = Neighbours(known, shrinkage, max(NEIGHBOURS))
                for count in NEIGHBOURS:
                    parameters = {"liked_from": liked_from, "shrinkage": shrinkage, "neighbours": count}
                    yield parameters, _ranked(task, columns, known, model.scores(count))


def _columns(task: Task, liked_from: float) -> tuple[np.ndarray[Any, Any], Matrix]:
    """The items that anybody liked, and their part of the matrix: the others cannot be recommended, and cost time."""
    known = task.known(liked_from)
    columns = np.flatnonzero(known.any(axis=0))
    return columns, known[:, columns]


def _ranked(task: Task, columns: np.ndarray[Any, Any], known: Matrix, scores: Matrix) -> Ranked:
    lists = best(scores, task.seen[:, columns], known.sum(axis=0), LONGEST)
    return [columns[items].tolist() for items in lists]


def _means(task: Task, ranked: Ranked) -> dict[str, float]:
    return {name: float(values.mean()) for name, values in task.judge(ranked).items()}
