"""The field's baselines, computed offline from a users x items matrix of 0 and 1: popular, item-kNN, EASE.

They share no code with the services, so that a mistake there shows here. All is dense: for data of some thousand users and items.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
"""Users x items: what is known (1.0 or 0.0), or scores."""
COLUMNS_AT_ONCE = 1000


def popular(known: Matrix) -> Matrix:
    """The same for everybody: how many users have the item."""
    return np.broadcast_to(known.sum(axis=0), known.shape)


class Neighbours:
    """Item-kNN: cosine of two items' columns, damped for items that few users have (shrinkage, Bell and Koren 2007)."""

    def __init__(self, known: Matrix, shrinkage: float, most: int) -> None:
        """Keeps the `most` nearest of each item."""
        self._known = known
        norms = np.sqrt(known.sum(axis=0))
        items = known.shape[1]
        most = min(most, items - 1)
        self._nearest = np.empty((items, most), dtype=np.int64)
        self._similar = np.empty((items, most), dtype=np.float32)
        for start in range(0, items, COLUMNS_AT_ONCE):
            part = slice(start, min(items, start + COLUMNS_AT_ONCE))
            similar = (known[:, part].T @ known) / (np.outer(norms[part], norms) + shrinkage + 1e-9)
            similar[np.arange(part.stop - start), np.arange(start, part.stop)] = -1.0  # no item is its own neighbour
            nearest = np.argpartition(-similar, most - 1, axis=1)[:, :most]
            values = np.take_along_axis(similar, nearest, axis=1)
            order = np.lexsort((nearest, -values))
            self._nearest[part] = np.take_along_axis(nearest, order, axis=1)
            self._similar[part] = np.maximum(np.take_along_axis(values, order, axis=1), 0.0)

    def scores(self, neighbours: int) -> Matrix:
        """For each item, the sum of similarities to those of its nearest that the user has."""
        items = self._known.shape[1]
        weights = np.zeros((items, items), dtype=np.float32)
        np.put_along_axis(weights, self._nearest[:, :neighbours], self._similar[:, :neighbours], axis=1)
        return self._known @ weights.T


class Ease:
    """EASE (Steck 2019) without an items x items matrix: the Woodbury identity leaves one users x users decomposition for every lambda.

    B = I - P / diag(P) with P = (X'X + lambda I)^-1 = (I - X' (XX' + lambda I)^-1 X) / lambda; the scores are X B. Exact, for
    as many items as there are, and another way to the same figures than the service's.
    """

    def __init__(self, known: Matrix) -> None:
        self._known = known.astype(np.float64)
        values, vectors = np.linalg.eigh(self._known @ self._known.T)
        self._values = np.maximum(values, 0.0)
        self._vectors = vectors
        self._rotated = vectors.T @ self._known

    def scores(self, regularisation: float) -> Matrix:
        weights = 1.0 / (self._values + regularisation)
        diagonal = 1.0 - np.einsum("ui,u,ui->i", self._rotated, weights, self._rotated)
        # X P lambda = X - XX' (XX' + lambda)^-1 X = lambda (XX' + lambda)^-1 X
        projected = (self._vectors * (regularisation * weights)) @ self._rotated
        scores: Matrix = (self._known - projected / diagonal).astype(np.float32)
        return scores


def best(scores: Matrix, seen: NDArray[np.bool_], popularity: NDArray[np.float32], count: int) -> list[list[int]]:
    """Each user's first `count` items, best first, none of them seen. Ties, as for a user of whom nothing is known: the more popular,
    then the lower number."""
    return [_first(np.where(row_seen, -np.inf, row), popularity, count) for row, row_seen in zip(scores, seen, strict=True)]


def _first(row: NDArray[np.float32], popularity: NDArray[np.float32], count: int) -> list[int]:
    least = np.partition(row, -count)[-count] if len(row) > count else -np.inf
    chosen = np.flatnonzero((row >= least) & np.isfinite(row))
    order = np.lexsort((chosen, -popularity[chosen], -row[chosen]))
    first: list[int] = chosen[order][:count].tolist()
    return first
