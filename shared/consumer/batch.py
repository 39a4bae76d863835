"""Messages that were read and are not handled yet: how many there may be, and how long the first may wait for others."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from shared.consumer.client import PREFETCHED_KIB

BATCH_BYTES = 2 * PREFETCHED_KIB * 1024
"""Of values. A read brings no more than the client has fetched ahead, half of this; so a batch is bounded in memory too."""


class Batch:
    """Of one poll loop: filled, handled, then filled anew."""

    def __init__(self, most: int, most_bytes: int, fill_seconds: float) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._fill = fill_seconds
        self._messages: list[Any] = []
        self._bytes = 0
        self._filled_at = 0.0
        self.taken = False
        """Told to the commits as about to be handled: a second try is not told again."""

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._messages)

    @property
    def room(self) -> int:
        """0 or less where it is full: a rebalance may bring more to a member whose partitions are all paused."""
        return self._most - len(self._messages)

    @property
    def due_at(self) -> float:
        """On the monotonic clock: at once where it is full."""
        full = len(self._messages) >= self._most or self._bytes >= self._most_bytes
        return 0.0 if full else self._filled_at

    def start(self, messages: list[Any]) -> None:
        """These instead of what was handled; they wait for others from now on."""
        self._replace(messages)
        self._filled_at = time.monotonic() + self._fill
        self.taken = False

    def add(self, messages: list[Any]) -> None:
        self._messages += messages
        self._bytes += _bytes(messages)

    def drop(self, partitions: Collection[tuple[str, int]]) -> None:
        """Without what is of these: another member's now."""
        self._replace([m for m in self._messages if (m.topic(), m.partition()) not in partitions])

    def clear(self) -> None:
        self._replace([])

    def _replace(self, messages: list[Any]) -> None:
        self._messages = messages
        self._bytes = _bytes(messages)


def _bytes(messages: Iterable[Any]) -> int:
    return sum(len(message.value() or b"") for message in messages)
