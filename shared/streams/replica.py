"""A whole topic held in memory: for tables that every instance needs all of, such as a catalogue or the models."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition

from shared.logging import get_logger
from shared.registry import RegistryUnavailableError
from shared.serialization import AvroCodec, UnreadableError
from shared.stores import StoreUnavailableError
from shared.topics import Topic

log = get_logger(__name__)

E = TypeVar("E", bound=msgspec.Struct)


class TopicReplica(Generic[E]):
    """Reads every partition of a compacted topic from its start, in no group, and hands each event to `on_event`, on a thread of its own.

    Whoever must have the table before it works waits for `wait_until_caught_up`. What cannot be read is logged and left out: the
    group that owns the topic sends it to the dead letters.
    """

    def __init__(self, topic: Topic[E], codec: AvroCodec[E], client: dict[str, Any], on_event: Callable[[E], None]) -> None:
        self._topic = topic
        self._codec = codec
        self._on_event = on_event
        self._caught_up = threading.Event()
        self._closed = threading.Event()
        self._consumer = Consumer(
            client | {"group.id": f"replica-{topic.name}", "enable.auto.commit": False, "auto.offset.reset": "earliest", "log_level": 3}
        )
        self._thread = threading.Thread(target=self._run, name=f"replica-{topic.name}", daemon=True)
        self._thread.start()

    def check(self) -> str | None:
        """For Health: None once all that the topic held at the start was read."""
        return None if self._caught_up.is_set() else f"still reading {self._topic.name}"

    def wait_until_caught_up(self, timeout_seconds: float) -> None:
        """Raises TimeoutError."""
        if not self._caught_up.wait(timeout_seconds):
            raise TimeoutError(f"{self._topic.name} was not read within {timeout_seconds:g} s: is the cluster up?")

    def close(self) -> None:
        """For who outlives the cluster: no event comes after it. A service needs none, since its replica ends with it."""
        self._closed.set()
        self._thread.join()

    def _run(self) -> None:
        ends = self._start()
        while not self._closed.is_set():
            if ends and all(position.offset >= ends[position.partition] for position in self._positions(ends)):
                ends = {}
                self._caught_up.set()
            for message in self._consumer.consume(500, 0.2):
                if message.error() is None:
                    self._apply(message)
        self._consumer.close()

    def _start(self) -> dict[int, int]:
        """Assign all partitions; returns the offsets at which each counts as caught up."""
        while not self._closed.is_set():
            try:
                metadata = self._consumer.list_topics(self._topic.name, timeout=5).topics[self._topic.name]
                if metadata.error is not None:
                    raise KafkaException(metadata.error)
                partitions = [TopicPartition(self._topic.name, number, 0) for number in metadata.partitions]
                ends = {p.partition: self._consumer.get_watermark_offsets(p, timeout=5)[1] for p in partitions}
            except KafkaException as error:
                log.warning("replica_waits", topic=self._topic.name, reason=str(error))
                time.sleep(1)
                continue
            self._consumer.assign(partitions)
            if not any(ends.values()):
                self._caught_up.set()
            return {partition: end for partition, end in ends.items() if end}
        return {}

    def _positions(self, ends: dict[int, int]) -> list[TopicPartition]:
        positions: list[TopicPartition] = self._consumer.position([TopicPartition(self._topic.name, number) for number in ends])
        return positions

    def _apply(self, message: Any) -> None:
        while not self._closed.is_set():
            try:
                if message.value() is not None:
                    self._on_event(self._codec.decode(message.value()))
            except (RegistryUnavailableError, StoreUnavailableError) as error:
                log.warning("replica_waits", topic=self._topic.name, reason=str(error))
                time.sleep(1)
                continue
            except UnreadableError as error:
                log.warning("replica_skips", topic=self._topic.name, offset=message.offset(), reason=str(error))
            except Exception:
                log.exception("replica_skips", topic=self._topic.name, offset=message.offset())
            return
