"""The newest events of a topic, in memory: for people who want to see what has just come."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from heapq import heappop, heappush, nlargest
from itertools import count
from typing import Any, Generic, TypeVar

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition

from shared.logging import get_logger
from shared.registry import RegistryUnavailableError
from shared.serialization import Decoder, UnreadableError
from shared.topics import Topic

log = get_logger(__name__)

E = TypeVar("E", bound=msgspec.Struct)

KEPT = 1000
"""Of each kind, and read of each partition at the start."""
KEPT_BYTES = 32 * 1024 * 1024
"""Of each kind, as they stand in the log: of large events fewer are kept, at least one."""
PAUSE_SECONDS = 1.0


class Tail(Generic[E]):
    """Follows the topic in no group, on a thread of its own; committed records only. `kind` says what an event is kept among."""

    def __init__(self, topic: Topic[E], codec: Decoder, client: dict[str, Any], kind: Callable[[E], str]) -> None:
        self._topic = topic
        self._codec = codec
        self._client = client
        self._kind = kind
        self._kept: dict[str, list[tuple[int, int, int, E]]] = {}
        """By kind, a heap: when each came into the log, its place among those of one moment, its bytes."""
        self._bytes: Counter[str] = Counter()
        self._places = count()
        self._reason: str | None = f"{topic.name} is not read yet"
        threading.Thread(target=self._run, name=f"tail-{topic.name}", daemon=True).start()

    def newest(self, kind: str, limit: int) -> list[E]:
        """Newest first, as they came into the log; at most KEPT."""
        return [event for *_, event in nlargest(limit, list(self._kept.get(kind, ())))]

    def check(self) -> str | None:
        """For Health: None while the topic is followed."""
        return self._reason

    def _run(self) -> None:
        while True:
            try:
                self._follow()
            except Exception as error:  # whatever it is: a thread that ended would show old events for ever
                self._reason = f"{self._topic.name}: {error}"
                log.warning("tail_interrupted", reason=str(error))
                time.sleep(PAUSE_SECONDS)

    def _follow(self) -> None:
        consumer = Consumer(
            self._client
            | {
                "group.id": "no-group-is-joined",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "log_level": 3,
            }
        )
        try:
            partitions = consumer.list_topics(self._topic.name, timeout=10).topics[self._topic.name].partitions
            consumer.assign([self._start(consumer, number) for number in partitions])
            self._kept.clear()
            self._bytes.clear()
            self._reason = None
            while True:
                for message in consumer.consume(KEPT, 0.2):
                    if message.error() is not None:
                        raise KafkaException(message.error())
                    self._keep(message)
        finally:
            consumer.close()

    def _start(self, consumer: Consumer, number: int) -> TopicPartition:
        low, high = consumer.get_watermark_offsets(TopicPartition(self._topic.name, number), timeout=10)
        return TopicPartition(self._topic.name, number, max(low, high - KEPT))

    def _keep(self, message: Any) -> None:
        try:
            event = self._codec.decode(message.value())
        except UnreadableError as error:
            log.warning("unreadable", topic=self._topic.name, reason=str(error))
        except RegistryUnavailableError as error:
            raise ConnectionError(str(error)) from error
        else:
            kind, size = self._kind(event), len(message.value())
            kept = self._kept.setdefault(kind, [])
            # By time: at the start partitions are read one after another.
            heappush(kept, (message.timestamp()[1], next(self._places), size, event))
            self._bytes[kind] += size
            while len(kept) > KEPT or (self._bytes[kind] > KEPT_BYTES and len(kept) > 1):
                self._bytes[kind] -= heappop(kept)[2]
