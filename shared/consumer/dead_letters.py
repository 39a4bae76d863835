"""Where records go that cannot be read or that a store refuses for good: `<topic>.dlq`, bytes as they came, the reason in headers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from shared import metrics
from shared.blocking_producer import BlockingProducer, Written
from shared.contracts import DEAD_LETTER_SUFFIX
from shared.logging import get_logger
from shared.producer import BrokerUnavailableError

log = get_logger(__name__)

LARGEST = 900_000
"""Bytes of a letter. Producers take a million as they are set up here, while a record may be as large as its own producer and the brokers
had it: packed, some megabytes are a few kilobytes."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record as it came, and why it could not be used."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    reason: str
    headers: tuple[tuple[str, bytes | None], ...] = ()


def dead_letter(message: Any, reason: str) -> DeadLetter:
    """Of a message as a consumer gave it."""
    headers = tuple(message.headers() or ())
    return DeadLetter(message.topic(), message.partition(), message.offset(), message.key(), message.value(), reason, headers)


class DeadLettersUnavailableError(ConnectionError):
    """The dead letters are not in the log: do not commit, try the batch again."""


class DeadLetters(Protocol):
    def publish(self, letters: list[DeadLetter]) -> None:
        """Returns once all are acknowledged; raises DeadLettersUnavailableError otherwise. The same letter may come twice after a crash:
        its source position in the headers tells."""


def as_written(letter: DeadLetter, consumer: str) -> Written:
    """The record as it came; in its headers, after its own, where it stood and what was wrong with it.

    One that is too large is cut, and `dlq_cut_from` says how many bytes it had: a letter that nobody takes would stop its consumer.
    """
    key, value, headers = letter.key, letter.value, list(letter.headers)
    beside = len(key or b"") + sum(len(name.encode()) + len(content or b"") for name, content in headers)
    size = beside + len(value or b"")
    if size > LARGEST:
        if beside > LARGEST // 2:
            key, headers, beside = None, [], 0
        value = value and value[: LARGEST - beside]
        headers.append(("dlq_cut_from", str(size).encode()))
    headers += [
        ("dlq_source_topic", letter.topic.encode()),
        ("dlq_source_partition", str(letter.partition).encode()),
        ("dlq_source_offset", str(letter.offset).encode()),
        ("dlq_reason", letter.reason[:1000].encode()),
        ("dlq_consumer", consumer.encode()),
    ]
    return Written(letter.topic + DEAD_LETTER_SUFFIX, key, value, headers)


def report(letter: DeadLetter) -> None:
    """To the metrics and the log."""
    metrics.DEAD_LETTERS.labels(letter.topic).inc()
    log.warning("dead_letter", topic=letter.topic, partition=letter.partition, offset=letter.offset, reason=letter.reason)


class KafkaDeadLetters:
    """Blocks the caller until the cluster has acknowledged: dead letters are rare, and must not be lost."""

    def __init__(self, consumer: str, client: dict[str, Any]) -> None:
        self._consumer = consumer
        self._producer = BlockingProducer(f"{consumer}-dead-letters", client)

    def publish(self, letters: list[DeadLetter]) -> None:
        try:
            self._producer.write(as_written(letter, self._consumer) for letter in letters)
        except BrokerUnavailableError as error:
            raise DeadLettersUnavailableError(str(error)) from error
        for letter in letters:
            report(letter)
