"""The consumer of the in-memory broker: what shared.consumer.client.KafkaConsumer asks for, and no more."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import OFFSET_INVALID, KafkaError, KafkaException, Message, TopicPartition

from shared.testing.broker import Group, InMemoryBroker, Partition

_numbers = itertools.count()


class InMemoryConsumer:
    """A member of `group`; with `instance` a static one (KIP-345), which keeps its partitions from `close` until its successor comes.

    As with the real one, callbacks run inside `poll`, `consume` and `close`, and a new group starts at the beginning of the log.
    """

    def __init__(self, broker: InMemoryBroker, group: str, instance: int | None = None) -> None:
        self._broker = broker
        self._group = broker.groups.setdefault(group, Group())
        self._static = instance is not None
        self.member = f"{group}-{instance}" if self._static else f"{group}-member-{next(_numbers)}"
        self._topics: list[str] = []
        self._callbacks: dict[str, Callable[..., None]] = {}
        self._positions: dict[Partition, int] = {}
        self._paused: set[Partition] = set()
        self._joined = self._told = self._closed = False

    def subscribe(self, topics: list[str], **callbacks: Callable[..., None]) -> None:
        self._topics, self._callbacks = topics, callbacks

    def poll(self, timeout: float) -> Any:
        messages = self._take(1, timeout)
        return messages[0] if messages else None

    def consume(self, num_messages: int, timeout: float) -> list[Any]:
        return self._take(num_messages, timeout)

    def commit(self, *, offsets: list[TopicPartition], asynchronous: bool) -> list[TopicPartition] | None:
        try:
            self._require_open()
            with self._broker.changed:
                self._broker.require_reachable()
                if self._group.sessions.get(self.member) is not self:
                    raise KafkaException(KafkaError(KafkaError.UNKNOWN_MEMBER_ID))
                self._group.committed.update({_key(partition): partition.offset for partition in offsets})
        except KafkaException:
            if asynchronous:
                return None
            raise
        return None if asynchronous else offsets

    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:
        self._require_open()
        with self._broker.changed:
            self._broker.require_reachable()
            found = self._group.committed
            return [TopicPartition(p.topic, p.partition, found.get(_key(p), OFFSET_INVALID)) for p in partitions]

    def consumer_group_metadata(self) -> tuple[Group, str, object]:
        return self._group, self.member, self

    def get_watermark_offsets(self, partition: TopicPartition, timeout: float, cached: bool) -> tuple[int, int]:
        self._require_open()
        with self._broker.changed:
            if cached:
                known = _key(partition) in self._positions
                return (0, len(self._broker.log(_key(partition)))) if known else (OFFSET_INVALID, OFFSET_INVALID)
            self._broker.require_reachable()
            return 0, len(self._broker.log(_key(partition)))

    def assignment(self) -> list[TopicPartition]:
        self._require_open()
        return [TopicPartition(*partition) for partition in self._positions]

    def pause(self, partitions: list[TopicPartition]) -> None:
        self._paused |= {_key(partition) for partition in partitions}

    def resume(self, partitions: list[TopicPartition]) -> None:
        self._paused -= {_key(partition) for partition in partitions}

    def incremental_assign(self, partitions: list[TopicPartition]) -> None:
        for partition in partitions:
            self._positions[_key(partition)] = self._group.committed.get(_key(partition), 0)

    def incremental_unassign(self, partitions: list[TopicPartition]) -> None:
        for partition in partitions:
            self._positions.pop(_key(partition), None)  # a pause outlives it, as in librdkafka

    def close(self) -> None:
        if self._closed:
            return
        held = [TopicPartition(*partition) for partition in self._positions]
        if held:
            self._call("on_revoke" if self._group.sessions.get(self.member) is self else "on_lost", held, self.incremental_unassign)
        self._closed = True
        with self._broker.changed:
            if self._group.sessions.get(self.member) is self:
                del self._group.sessions[self.member]
                if not self._static:
                    self._broker.leave(self._group, self.member)

    def _take(self, count: int, timeout: float) -> list[Any]:
        self._require_open()
        deadline = time.monotonic() + timeout
        while True:
            self._serve_rebalance()
            with self._broker.changed:
                if self._fenced() and not self._told:
                    self._told = True  # once, then silence: as the real one
                    return [Message(error=KafkaError(KafkaError._FATAL, "fenced by its successor"))]
                messages = self._next(count) if self._broker.reachable and not self._fenced() else []
                left = deadline - time.monotonic()
                if messages or left <= 0:
                    return messages
                self._broker.changed.wait(min(left, 0.05))

    def _next(self, count: int) -> list[Any]:
        messages: list[Any] = []
        for partition, position in self._positions.items():
            if partition not in self._paused and len(messages) < count:
                found = self._broker.log(partition)[position : position + count - len(messages)]
                self._positions[partition] += len(found)
                messages += found
        return messages

    def _serve_rebalance(self) -> None:
        if not self._topics or not self._broker.reachable or self._fenced():
            return
        joined = False
        if self._group.sessions.get(self.member) is not self:
            if self._positions:
                self._call("on_lost", self.assignment(), self.incremental_unassign)
            self._broker.join(self._group, self.member, self, self._topics)
            self._joined = joined = True
        with self._broker.changed:
            mine = {partition for partition, member in self._group.target.items() if member == self.member}
            revoked = [TopicPartition(*p) for p in self._positions if p not in mine]
        if revoked:
            self._call("on_revoke", revoked, self.incremental_unassign)
            with self._broker.changed:
                for partition in revoked:
                    self._group.owner.pop(_key(partition), None)
                self._broker.changed.notify_all()
        with self._broker.changed:
            free = sorted(p for p in mine if p not in self._positions and p not in self._group.owner)
            self._group.owner.update(dict.fromkeys(free, self.member))
        if free or joined:
            self._call("on_assign", [TopicPartition(*p) for p in free], self.incremental_assign)

    def _call(self, name: str, partitions: list[TopicPartition], default: Callable[[list[TopicPartition]], None]) -> None:
        if name == "on_lost" and name not in self._callbacks:
            name = "on_revoke"
        if name in self._callbacks:
            self._callbacks[name](self, partitions)
        # As confluent-kafka does where the callback made no incremental call itself.
        open_ones = [p for p in partitions if (_key(p) in self._positions) != (name == "on_assign")]
        if open_ones:
            default(open_ones)

    def _fenced(self) -> bool:
        return self._static and self._joined and self._group.sessions.get(self.member) not in (self, None)

    def _require_open(self) -> None:
        if self._closed:
            raise RuntimeError("Consumer closed")


def _key(partition: TopicPartition) -> Partition:
    return partition.topic, partition.partition
