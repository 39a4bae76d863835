"""The cluster of the running stack, as the suites see one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from shared.consumer.client import consumer_config
from shared.consumer.dead_letters import KafkaDeadLetters
from shared.consumer.group_offsets import LATEST, GroupOffsets
from shared.consumer.rejoining import RejoiningConsumer
from shared.producer import EventPublisher
from shared.streams.state_log import KafkaStateLog
from shared.streams.transactions import transactional_config
from shared.testing import eventually
from tests.suites.cluster import random_name

QUIET = {"log_level": 0}


class RealCluster:
    """Creates topics with random names; `close` deletes them."""

    def __init__(self, client: dict[str, Any]) -> None:
        self.client = client
        self._admin = AdminClient(client | QUIET)
        self._producer = Producer(client | QUIET | {"acks": "all", "linger.ms": 0, "partitioner": "murmur2_random"})
        self._topics: list[str] = []

    def create_topic(self, partitions: int = 1) -> str:
        name = random_name("test.topic")
        new = [NewTopic(name, partitions), NewTopic(f"{name}.dlq", 1)]
        for future in self._admin.create_topics(new).values():
            future.result(20)
        self._topics += [name, f"{name}.dlq"]
        eventually(lambda: self._known_to_all((name, partitions), (f"{name}.dlq", 1)), within=30)
        return name

    def consumer(self, group: str, instance: int | None = None, **config: Any) -> RejoiningConsumer:
        settings = consumer_config(self.client, group, instance or 0) | QUIET | config
        if instance is None:
            del settings["group.instance.id"]
        return RejoiningConsumer(settings)

    def append(self, topic: str, value: bytes | None, key: bytes | None = None, partition: int | None = None) -> None:
        errors: list[KafkaError] = []
        place = {} if partition is None else {"partition": partition}
        self._producer.produce(topic, value, key, on_delivery=lambda error, _: errors.append(error), **place)
        self._producer.flush(20)
        assert errors == [None], errors

    def transactions(self, group: str, instance: int) -> Producer:
        return Producer(transactional_config(self.client, group, instance) | QUIET)

    def state_log(self, topic: str) -> KafkaStateLog:
        return KafkaStateLog(topic, self.client)

    def records(self, topic: str) -> list[Message]:
        """Reads what is committed as of now; a gap or a loss would be an error, not a silent reset."""
        reader = Consumer(
            self.client
            | QUIET
            | {
                "group.id": random_name("reader"),
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "fetch.wait.max.ms": 20,
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
            }
        )
        try:
            return [message for partition in self._partitions(reader, topic) for message in _read(reader, partition)]
        finally:
            reader.close()

    def end_offsets(self, topics: Iterable[str]) -> dict[tuple[str, int], int]:
        with GroupOffsets(self.client) as offsets:
            return offsets.offsets(offsets.places(topics), LATEST)

    def committed(self, group: str, topic: str) -> dict[int, int]:
        with GroupOffsets(self.client) as offsets:
            found = offsets.committed(group, offsets.places([topic]))
        return {partition: offset for (_, partition), offset in sorted(found.items())}

    def dead_letters(self, consumer: str) -> KafkaDeadLetters:
        return KafkaDeadLetters(consumer, self.client)

    def publisher(self, source: str) -> EventPublisher:
        return EventPublisher(source, self.client)

    def close(self) -> None:
        if self._topics:
            for future in self._admin.delete_topics(self._topics).values():
                future.result(20)

    def _known_to_all(self, *topics: tuple[str, int]) -> None:
        """AssertionError while a broker does not know all partitions with their leaders: each follows the controller by itself.

        A new client that was given one address asks that broker.
        """
        for address in self.client["bootstrap.servers"].split(","):
            known = AdminClient(self.client | QUIET | {"bootstrap.servers": address}).list_topics(timeout=20).topics
            for name, partitions in topics:
                assert name in known, f"{name} is not known"
                leaders = [partition.leader for partition in known[name].partitions.values()]
                assert len(leaders) == partitions and min(leaders) >= 0, f"{name} has the leaders {leaders}"

    def _partitions(self, reader: Consumer, topic: str) -> list[TopicPartition]:
        found = reader.list_topics(topic, timeout=20).topics[topic].partitions
        assert found, f"{topic} is not known"
        return [TopicPartition(topic, number, OFFSET_BEGINNING) for number in sorted(found)]


def _read(reader: Consumer, partition: TopicPartition) -> list[Message]:
    messages: list[Message] = []
    # Not a number asked for first: a leader that moves meanwhile would refuse to tell it.
    reader.assign([partition])
    try:
        while True:
            for message in reader.consume(1000, 0.2):
                error = message.error()
                # The last offset may be a transaction's mark, which no reader is given: the end is told.
                if error is not None and error.code() == KafkaError._PARTITION_EOF:
                    return messages
                assert error is None, error
                messages.append(message)
    finally:
        reader.unassign()
