"""One question to every recommender: here is the past of all users; what comes next for each?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from loadtests.evaluation.measures import MEASURES
from loadtests.evaluation.split import Events

Ranked = Sequence[Sequence[int]]
"""For each user the recommended items, best first."""
Values = dict[str, NDArray[np.float64]]
"""By measure, one value for each of Task.judged."""


@dataclass(frozen=True)
class Task:
    """Users and items are numbers below `users` and `items`, which count also what only the next part knows."""

    past: Events
    next: Events
    users: int
    items: int
    relevant_from: float
    """A next event of so many stars or more is one to be predicted: a recommendation that disappoints is no hit."""
    least_past: int
    """Users with a shorter past are not judged."""

    @cached_property
    def seen(self) -> NDArray[np.bool_]:
        """Users x items of the past, liked or not: never to be recommended."""
        seen: NDArray[np.bool_] = self.known(0.0) > 0
        return seen

    def known(self, liked_from: float) -> NDArray[np.float32]:
        """What a recommender may learn from: 1 where a past event has so many stars or more."""
        matrix = np.zeros((self.users, self.items), dtype=np.float32)
        liked = self.past.stars >= liked_from
        matrix[self.past.users[liked], self.past.items[liked]] = 1.0
        return matrix

    @cached_property
    def relevant(self) -> list[set[int]]:
        """By user; an item that nobody met in the past is in it too: nobody can predict it, so it is a miss for all."""
        found: list[set[int]] = [set() for _ in range(self.users)]
        good = self.next.where(self.next.stars >= self.relevant_from)
        for user, item in zip(good.users.tolist(), good.items.tolist(), strict=True):
            found[user].add(item)
        return found

    @cached_property
    def judged(self) -> list[int]:
        """The users with enough past and something relevant next."""
        lengths = np.bincount(self.past.users, minlength=self.users)
        return [user for user in range(self.users) if lengths[user] >= self.least_past and self.relevant[user]]

    @cached_property
    def unknown_share(self) -> float:
        """Of the relevant items of judged users, the share that nobody met in the past."""
        met: NDArray[np.bool_] = np.any(self.seen, axis=0)
        items = [item for user in self.judged for item in self.relevant[user]]
        return float(np.mean([not met[item] for item in items])) if items else 0.0

    def judge(self, ranked: Ranked) -> Values:
        """Raises ValueError where something already seen is recommended: such a list is no answer to the question."""
        for user in self.judged:
            if any(self.seen[user, item] for item in ranked[user]):
                raise ValueError(f"user {user} is recommended what they have seen")
        return {name: np.array([measure(ranked[user], self.relevant[user]) for user in self.judged]) for name, measure in MEASURES.items()}
