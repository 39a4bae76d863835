"""Whether an answer of recommendations-api is what its model says of the user's history."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

import numpy as np

from services.movieflix.contracts.item_model import ItemModel

PUBLISHED = 25
ROUNDING = 1e-4
"""Scores are sums of float32 in another order, rounded to six digits."""


def flaw(answer: dict[str, Any], begun: Set[str], liked: Set[str], model: ItemModel | None) -> str:
    """A sentence, or nothing where it is sound. `model` is the version that the answer names, None where it is no longer kept."""
    shows = [item["show_id"] for item in answer["items"]]
    if seen := sorted(begun & set(shows)):
        return f"recommends {seen[0]}, which was begun"
    if len(shows) != len(set(shows)):
        return "recommends a show twice"
    if model is None:
        return f"names the model {answer['model']}, which is not kept"
    place = {show: number for number, show in enumerate(model.items)}
    known = [place[show] for show in liked if show in place]
    if not known:
        return "" if answer["fallback"] == "popular" else "should fall back on what is popular"
    if answer["fallback"] is not None:
        return "falls back on what is popular, although the model knows what the user likes"
    scores = model.weights[known].sum(axis=0, dtype=np.float64)
    left = {show: float(scores[number]) for show, number in place.items() if show not in begun}
    if unknown := [show for show in shows if show not in left]:
        return f"recommends {unknown[0]}, which the model does not know"
    if len(shows) != min(PUBLISHED, len(left)):
        return f"has {len(shows)} shows, of {len(left)} that are left"
    for item in answer["items"]:
        if abs(item["score"] - left[item["show_id"]]) > ROUNDING:
            return f"gives {item['show_id']} the score {item['score']}, and the model {left[item['show_id']]:.6f}"
        if strangers := set(item["because"]) - liked:
            return f"reasons from {sorted(strangers)[0]}, which the user does not like"
    best_left_out = max((score for show, score in left.items() if show not in shows), default=-np.inf)
    worst = min((left[show] for show in shows), default=np.inf)
    return f"leaves out a show with the score {best_left_out:.6f}" if best_left_out > worst + ROUNDING else ""
