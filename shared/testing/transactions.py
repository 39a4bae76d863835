"""Transactions of the in-memory broker: what shared.streams.transactions and shared.streams.state_log ask for, and no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from shared.testing.broker import InMemoryBroker


class InMemoryTransactions:
    """A transactional producer. What it wrote is in the log, with its offsets, from the commit on; who comes with the same id fences it."""

    def __init__(self, broker: InMemoryBroker, transactional_id: str) -> None:
        self._broker = broker
        self._id = transactional_id
        self._records: list[tuple[str, bytes | None, bytes | None, dict[str, Any]]] | None = None
        self._offsets: list[tuple[list[TopicPartition], Any]] = []

    def init_transactions(self, timeout: float) -> None:
        with self._broker.changed:
            self._require_reachable()
            self._broker.transactional[self._id] = self

    def begin_transaction(self) -> None:
        if self._records is not None:
            raise KafkaException(KafkaError(KafkaError._STATE, "a transaction is open"))
        self._records, self._offsets = [], []

    def produce(self, topic: str, value: bytes | None, key: bytes | None, **where: Any) -> None:
        self._open().append((topic, value, key, where))

    def poll(self, timeout: float) -> int:
        return 0

    def flush(self, timeout: float) -> int:
        self._open()
        return 0 if self._broker.reachable else 1

    def send_offsets_to_transaction(self, offsets: list[TopicPartition], metadata: Any, timeout: float) -> None:
        with self._broker.changed:
            self._require_reachable()
            self._require_current()
            group, member, session = metadata
            if group.sessions.get(member) is not session:
                raise KafkaException(KafkaError(KafkaError.UNKNOWN_MEMBER_ID, txn_requires_abort=True))
            self._offsets.append((offsets, group))

    def commit_transaction(self, timeout: float) -> None:
        with self._broker.changed:
            self._require_reachable()
            self._require_current()
            for topic, value, key, where in self._open():
                self._broker.append(topic, value, key, where.get("headers") or (), where.get("partition"))
            for offsets, group in self._offsets:
                group.committed.update({(p.topic, p.partition): p.offset for p in offsets})
            self._records = None

    def abort_transaction(self, timeout: float) -> None:
        self._open()
        self._records = None

    def _open(self) -> list[tuple[str, bytes | None, bytes | None, dict[str, Any]]]:
        if self._records is None:
            raise KafkaException(KafkaError(KafkaError._STATE, "no transaction is open"))
        return self._records

    def _require_reachable(self) -> None:
        if not self._broker.reachable:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT, "the broker is away", retriable=True))

    def _require_current(self) -> None:
        if self._broker.transactional.get(self._id) is not self:
            raise KafkaException(KafkaError(KafkaError._FENCED, "fenced by a newer producer", fatal=True))


class InMemoryStateLog:
    """A shared.streams.state_log.StateLog."""

    def __init__(self, broker: InMemoryBroker, topic: str) -> None:
        self._broker = broker
        self.topic = topic

    def read(self, partitions: Sequence[int]) -> Iterator[tuple[int, bytes, bytes | None]]:
        for message in self._broker.records(self.topic):
            if message.partition() in partitions:
                yield message.partition(), message.key(), message.value()
