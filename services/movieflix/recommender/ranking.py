"""From a history and a model to the shows worth recommending, with their reasons."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from services.movieflix.contracts.events import PopularShow, RecommendedShow
from services.movieflix.contracts.item_model import ItemModel
from services.movieflix.recommender.domain import History

PUBLISHED_SHOWS = 25
REASONS = 3
CACHED_USERS = 4000
"""One row of float32 a user: 4,000 users with a model of 4,000 items are 64 MB."""


class Ranker:
    """One model version. Keeps the scores of recent users and adds what changed since: a rating costs one row, not the whole history."""

    def __init__(self, model: ItemModel, version: int, trained_at: int, popular: Sequence[PopularShow]) -> None:
        self.version = version
        self.trained_at = trained_at
        self._model = model
        self._position = {item: number for number, item in enumerate(model.items)}
        self._popular = popular
        self._scores: OrderedDict[str, tuple[frozenset[int], NDArray[np.float32]]] = OrderedDict()

    def recommend(self, user_id: str, history: History, titles: dict[str, str]) -> tuple[list[RecommendedShow], str | None]:
        """The best shows that the user has not begun, best first; and 'popular' where the model knows nothing they liked."""
        liked = frozenset(self._known(history.liked))
        if not liked:
            return self._popular_without(history), "popular"
        scores = self._scored(user_id, liked).copy()
        scores[self._known(history)] = -np.inf
        count = min(PUBLISHED_SHOWS, len(scores))
        best = np.argpartition(-scores, count - 1)[:count]
        # Ties by position in the model: the same history always gives the same list.
        best = best[np.lexsort((best, -scores[best]))]
        best = best[np.isfinite(scores[best])]
        reasons = self._reasons(np.fromiter(sorted(liked), dtype=np.intp), best)
        ids = [self._model.items[number] for number in best.tolist()]
        shows = [
            RecommendedShow(show, titles.get(show, show), round(score, 6), because)
            for show, score, because in zip(ids, scores[best].tolist(), reasons, strict=True)
        ]
        return shows, None

    def _known(self, shows: Iterable[str]) -> list[int]:
        return [self._position[show] for show in shows if show in self._position]

    def _scored(self, user_id: str, liked: frozenset[int]) -> NDArray[np.float32]:
        cached = self._scores.pop(user_id, None)
        if cached is None or len(cached[0] ^ liked) > len(liked) // 2:
            scores: NDArray[np.float32] = self._model.weights[list(liked)].sum(axis=0)
        else:
            before, scores = cached
            for item in liked - before:
                scores += self._model.weights[item]
            for item in before - liked:
                scores -= self._model.weights[item]
        self._scores[user_id] = (liked, scores)
        if len(self._scores) > CACHED_USERS:
            self._scores.popitem(last=False)
        return scores

    def _reasons(self, liked: NDArray[np.intp], best: NDArray[np.intp]) -> list[list[str]]:
        """For each recommended show the liked shows that weigh most in its score, strongest first; only those that speak for it."""
        weights = self._model.weights[np.ix_(liked, best)].T
        if len(liked) > REASONS:
            strongest = np.argpartition(-weights, REASONS - 1, axis=1)[:, :REASONS]
        else:
            strongest = np.broadcast_to(np.arange(len(liked)), weights.shape)
        top = np.take_along_axis(weights, strongest, axis=1)
        order = np.argsort(-top, axis=1, kind="stable")
        strongest, top = np.take_along_axis(strongest, order, axis=1), np.take_along_axis(top, order, axis=1)
        items = self._model.items
        return [
            [items[show] for show, weight in zip(shows, weights_of, strict=True) if weight > 0]
            for shows, weights_of in zip(liked[strongest].tolist(), top.tolist(), strict=True)
        ]

    def _popular_without(self, history: History) -> list[RecommendedShow]:
        left = (show for show in self._popular if history.get(show.show_id) is None)
        return [RecommendedShow(show.show_id, show.title, show.score, []) for show, _ in zip(left, range(PUBLISHED_SHOWS), strict=False)]
