"""The order in which the events of a run are sent: nearly that in which they happened, some of them again, some changed since."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator

from tests.chaos.flow import Batch
from tests.chaos.ledger import Event

BATCH = 100
SHUFFLED_WITHIN = 80
"""Places in the stream."""
REPEATED, REPEATED_WITHIN = 0.04, 400
CHANGED_AFTER = 250
"""Behind the acknowledgement of the first: a batch is shorter than that."""


class Stream:
    """What one connection sends."""

    def __init__(self, chance: random.Random, changed: float) -> None:
        """`changed`: the share of what may be sent again under the same id with other content."""
        self._chance = chance
        self._changed = changed
        self._placed: list[tuple[float, Event]] = []

    def add(self, event: Event, change: Callable[[Event], Event] | None = None) -> None:
        place = len(self._placed) + self._chance.uniform(0, SHUFFLED_WITHIN)
        self._placed.append((place, event))
        if self._chance.random() < REPEATED:
            self._placed.append((place + self._chance.uniform(0, REPEATED_WITHIN), event))
        if change is not None and self._chance.random() < self._changed:
            self._placed.append((place + CHANGED_AFTER + self._chance.uniform(0, 50), change(event)))

    def batches(self, topics: Collection[str]) -> Iterator[Batch]:
        """Each of one topic, in the order of the stream."""
        events = [event for _, event in sorted(self._placed, key=lambda placed: placed[0])]
        for start in range(0, len(events), BATCH):
            for topic in topics:
                if batch := [event for event in events[start : start + BATCH] if event.topic == topic]:
                    yield batch
