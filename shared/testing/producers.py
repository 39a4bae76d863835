"""Writers of the in-memory broker: for command APIs, and for what a consumer cannot read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec
from confluent_kafka import KafkaException

from shared.consumer.dead_letters import DeadLetter, DeadLettersUnavailableError, as_written
from shared.envelope import cloud_event
from shared.producer import BrokerUnavailableError
from shared.serialization import Encoder
from shared.testing.broker import InMemoryBroker
from shared.topics import Topic

Event = TypeVar("Event", bound=msgspec.Struct)


class InMemoryPublisher:
    """A shared.producer.Publisher: all of a call's events are in the log, or, while the broker is away, none."""

    def __init__(self, broker: InMemoryBroker, source: str = "test") -> None:
        self._broker = broker
        self._source = source
        self.closed = False

    async def publish(self, topic: Topic[Event], codec: Encoder, events: Iterable[Event]) -> None:
        records = []
        for event in events:
            event_id: str = event.event_id  # type: ignore[attr-defined]
            occurred_at: int = event.occurred_at  # type: ignore[attr-defined]
            headers = cloud_event(self._source, type(event).__name__, event_id, occurred_at, codec.content_type)
            records.append((topic.key_of(event), codec.encode(event), headers))
        try:
            for key, value, headers in records:
                self._broker.append(topic.name, value, key, headers)
        except KafkaException as error:
            raise BrokerUnavailableError(str(error)) from error

    def check(self) -> str | None:
        return None if self._broker.reachable else "no broker can be reached"

    async def close(self) -> None:
        self.closed = True


class InMemoryDeadLetters:
    """A shared.consumer.dead_letters.DeadLetters."""

    def __init__(self, broker: InMemoryBroker, consumer: str) -> None:
        self._broker = broker
        self._consumer = consumer

    def publish(self, letters: list[DeadLetter]) -> None:
        try:
            for letter in letters:
                topic, key, value, headers = as_written(letter, self._consumer)
                self._broker.append(topic, value, key, headers)
        except KafkaException as error:
            raise DeadLettersUnavailableError(str(error)) from error
