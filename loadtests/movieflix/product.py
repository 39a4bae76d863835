"""What the live system has to answer: model-trainer's own fit with its own settings, ranked by this evaluation's code."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from loadtests.evaluation.measures import LONGEST
from loadtests.evaluation.task import Ranked, Task
from loadtests.movieflix.recommenders import best
from services.movieflix.contracts.rules import LIKED_FROM
from services.movieflix.model_trainer.domain import fit
from services.movieflix.model_trainer.settings import TrainerSettings


@dataclass(frozen=True)
class ProductEase:
    ranked: Ranked
    items: int
    fit_seconds: float


def product_values() -> dict[str, Any]:
    """What the product has chosen; the settings that this stack's model-trainer has, since both read the same environment."""
    settings = TrainerSettings()
    return {
        "liked_from": LIKED_FROM,
        "lambda": settings.regularisation,
        "min_interactions": settings.min_interactions,
        "max_items": settings.max_items,
    }


def product_ease(task: Task, names: list[str]) -> ProductEase:
    """`names` are the ids of the items, which the product orders ties by."""
    settings = TrainerSettings()
    known = task.known(LIKED_FROM)
    interactions = {str(user): {names[item] for item in np.flatnonzero(row)} for user, row in enumerate(known) if row.any()}
    started = time.perf_counter()
    model = fit(interactions, settings.regularisation, settings.min_interactions, settings.max_items)
    seconds = time.perf_counter() - started
    numbers = {name: number for number, name in enumerate(names)}
    columns = np.array([numbers[item] for item in model.items], dtype=np.int64)
    scores = np.full(known.shape, -np.inf, dtype=np.float32)
    scores[:, columns] = known[:, columns] @ model.weights
    # Of whom the model knows nothing, it has no opinion: what is popular comes first, and any item may.
    scores[~known[:, columns].any(axis=1)] = 0.0
    return ProductEase(best(scores, task.seen, known.sum(axis=0), LONGEST), len(model.items), seconds)
