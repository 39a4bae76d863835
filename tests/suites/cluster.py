"""What a suite needs of a cluster, real or in memory."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import uuid4

from shared.consumer.client import KafkaConsumer
from shared.consumer.dead_letters import DeadLetters
from shared.producer import Publisher
from shared.streams.state_log import StateLog
from shared.streams.transactions import TransactionalProducer
from shared.testing import InMemoryBroker, InMemoryConsumer, InMemoryDeadLetters, InMemoryPublisher, InMemoryStateLog, InMemoryTransactions


class Cluster(Protocol):
    def create_topic(self, partitions: int = 1) -> str:
        """A new topic with a random name, and its `.dlq`."""

    def consumer(self, group: str, instance: int | None = None, **config: Any) -> KafkaConsumer: ...
    def append(self, topic: str, value: bytes | None, key: bytes | None = None, partition: int | None = None) -> None:
        """Returns once the record is in the log."""

    def records(self, topic: str) -> list[Any]:
        """Every record of the topic, partition by partition."""

    def committed(self, group: str, topic: str) -> dict[int, int]: ...
    def dead_letters(self, consumer: str) -> DeadLetters: ...
    def publisher(self, source: str) -> Publisher:
        """Call inside a running event loop."""

    def transactions(self, group: str, instance: int) -> TransactionalProducer: ...
    def state_log(self, topic: str) -> StateLog: ...


def random_name(prefix: str) -> str:
    return f"{prefix}-{uuid4().hex[:12]}"


class MemoryCluster:
    """Also knows what tests do to a cluster on purpose: `broker.reachable`, `broker.expel`."""

    def __init__(self) -> None:
        self.broker = InMemoryBroker()

    def create_topic(self, partitions: int = 1) -> str:
        name = random_name("test.topic")
        self.broker.create_topic(name, partitions)
        self.broker.create_topic(f"{name}.dlq")
        return name

    def consumer(self, group: str, instance: int | None = None, **config: Any) -> InMemoryConsumer:
        return InMemoryConsumer(self.broker, group, instance)

    def append(self, topic: str, value: bytes | None, key: bytes | None = None, partition: int | None = None) -> None:
        self.broker.append(topic, value, key, partition=partition)

    def records(self, topic: str) -> list[Any]:
        return self.broker.records(topic)

    def committed(self, group: str, topic: str) -> dict[int, int]:
        return self.broker.committed(group, topic)

    def dead_letters(self, consumer: str) -> InMemoryDeadLetters:
        return InMemoryDeadLetters(self.broker, consumer)

    def publisher(self, source: str) -> InMemoryPublisher:
        return InMemoryPublisher(self.broker, source)

    def transactions(self, group: str, instance: int) -> InMemoryTransactions:
        return InMemoryTransactions(self.broker, f"{group}-{instance}")

    def state_log(self, topic: str) -> InMemoryStateLog:
        return InMemoryStateLog(self.broker, topic)
