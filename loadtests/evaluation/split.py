"""What was known at a moment, and what came next: the split by time of each user's own events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Events:
    """Who met which item, when, and how much they liked it: one column a field. A user meets an item once."""

    users: NDArray[np.int64]
    items: NDArray[np.int64]
    seconds: NDArray[np.int64]
    stars: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.users)

    def where(self, chosen: NDArray[np.bool_]) -> Events:
        return Events(self.users[chosen], self.items[chosen], self.seconds[chosen], self.stars[chosen])


def split_by_time(events: Events, share: float) -> tuple[Events, Events]:
    """(past, next): of each user's n events in order of time, the last floor(share * n) are next.

    Many events of a user carry the same second (a page of ratings sent at once). Those are ordered by a fixed hash of user and item, which
    says nothing of the item: an order by id would put the older and better known items into the past.
    """
    order = np.lexsort((mixed(events.users, events.items), events.seconds, events.users))
    _, first, counts = np.unique(events.users[order], return_index=True, return_counts=True)
    place = np.arange(len(events)) - np.repeat(first, counts)
    is_next = np.empty(len(events), dtype=bool)
    is_next[order] = place >= np.repeat(counts - np.floor(share * counts).astype(np.int64), counts)
    return events.where(~is_next), events.where(is_next)


def first_of_each(events: Events) -> Events:
    """Each user's first event with each item: a second one is no discovery, and must not lie on the other side of a split."""
    order = np.lexsort((events.seconds, events.items, events.users))
    pairs = np.stack((events.users[order], events.items[order]))
    again = np.append(False, (pairs[:, 1:] == pairs[:, :-1]).all(axis=0)) if len(events) else np.zeros(0, dtype=bool)
    chosen = np.zeros(len(events), dtype=bool)
    chosen[order[~again]] = True
    return events.where(chosen)


def mixed(users: NDArray[np.int64], items: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A hash of each pair (the finaliser of splitmix64): the same on every machine."""
    value = (users.astype(np.uint64) << np.uint64(32)) ^ items.astype(np.uint64)
    value = value + np.uint64(0x9E3779B97F4A7C15)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
