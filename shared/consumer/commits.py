"""When a group's offsets are committed: after the work, before it, or by the client's own timer (docs: Kafka's delivery semantics).

After: at-least-once; what a crash interrupts comes again. Before: at-most-once; what a crash interrupts is gone. Automatic: whatever was
handed out by the last tick of the timer counts as done, so a crash may lose what was not written yet, and repeat what was.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Protocol

from confluent_kafka import KafkaException, TopicPartition

from shared.logging import get_logger

log = get_logger(__name__)


class CommitStrategy(StrEnum):
    AFTER = "after"
    BEFORE = "before"
    AUTOMATIC = "automatic"


class NotCommittedError(ConnectionError):
    """What is to be committed before it is handled is not: handled now it could come again."""


class CommittingConsumer(Protocol):
    def commit(self, *, offsets: list[TopicPartition], asynchronous: bool) -> Any: ...


class Commits:
    """Of one consumer, on its polling thread."""

    def __init__(self, consumer: CommittingConsumer, strategy: CommitStrategy, interval_seconds: float) -> None:
        self._consumer = consumer
        self._strategy = strategy
        self._interval = interval_seconds
        self._due_at = 0.0
        self.waiting: dict[tuple[str, int], int] = {}
        """Next offsets of what was handled since the last commit."""

    def taken(self, messages: Iterable[Any]) -> None:
        """A batch is about to be handled for the first time. Raises NotCommittedError."""
        if self._strategy is CommitStrategy.BEFORE:
            try:
                self._consumer.commit(offsets=_places(_next_offsets(messages)), asynchronous=False)
            except KafkaException as error:
                raise NotCommittedError(f"Kafka: {error}") from error

    def handled(self, messages: Iterable[Any]) -> None:
        self.waiting |= _next_offsets(messages)

    def commit_if_due(self) -> None:
        if self.waiting and time.monotonic() >= self._due_at:
            self._due_at = time.monotonic() + self._interval
            # Lost commits are harmless: what comes again changes nothing. So the loop does not wait for the answer.
            self.commit(list(self.waiting), asynchronous=True)

    def commit(self, partitions: Iterable[tuple[str, int]], *, asynchronous: bool) -> None:
        offsets = {place: self.waiting.pop(place) for place in partitions if place in self.waiting}
        if self._strategy is CommitStrategy.AFTER:
            self._commit(offsets, asynchronous=asynchronous)

    def commit_all(self) -> None:
        """Returns once the brokers have answered."""
        self.commit(list(self.waiting), asynchronous=False)

    def forget(self, partitions: Iterable[tuple[str, int]]) -> None:
        """Somebody else has them already: a commit would be refused."""
        for place in partitions:
            self.waiting.pop(place, None)

    def _commit(self, offsets: dict[tuple[str, int], int], *, asynchronous: bool) -> None:
        if not offsets:
            return
        try:
            self._consumer.commit(offsets=_places(offsets), asynchronous=asynchronous)
        except KafkaException as error:
            log.warning("commit_failed", error=str(error))


def _next_offsets(messages: Iterable[Any]) -> dict[tuple[str, int], int]:
    return {(message.topic(), message.partition()): message.offset() + 1 for message in messages}


def _places(offsets: dict[tuple[str, int], int]) -> list[TopicPartition]:
    return [TopicPartition(*place, offset) for place, offset in offsets.items()]
