"""A cluster in memory: topics with partitions, and consumer groups that rebalance cooperatively."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message

from shared.testing.partitioner import partition_of

Partition = tuple[str, int]


@dataclass
class Group:
    """Who is to have which partition, and who has it: the two differ while a rebalance is under way."""

    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Member id -> topics, in the order of joining."""
    target: dict[Partition, str] = field(default_factory=dict)
    owner: dict[Partition, str] = field(default_factory=dict)
    committed: dict[Partition, int] = field(default_factory=dict)
    sessions: dict[str, object] = field(default_factory=dict)
    """Member id -> the consumer that speaks for it: a static member is taken over by its successor."""


class InMemoryBroker:
    """Thread-safe. `reachable = False` makes every client of it see a cluster that is away; nothing in the log is lost by it."""

    def __init__(self) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.groups: dict[str, Group] = {}
        self.transactional: dict[str, object] = {}
        """Transactional id -> the producer that speaks for it: a newer one fences who was there before."""
        self._reachable = True
        self._logs: dict[str, list[list[Any]]] = {}

    @property
    def reachable(self) -> bool:
        return self._reachable

    @reachable.setter
    def reachable(self, value: bool) -> None:
        with self.changed:
            self._reachable = value
            self.changed.notify_all()

    def create_topic(self, name: str, partitions: int = 1) -> None:
        self._logs[name] = [[] for _ in range(partitions)]

    def partitions(self, topic: str) -> int:
        """Raises KafkaException where there is no such topic: none is made by using it."""
        if topic not in self._logs:
            raise KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART, topic))
        return len(self._logs[topic])

    def append(
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None = None,
        headers: Sequence[tuple[str, bytes | None]] = (),
        partition: int | None = None,
    ) -> Any:
        """Write one record, as an acknowledged one; by its key where no partition is given. Raises KafkaException while away."""
        with self.changed:
            self.require_reachable()
            if partition is None:
                partition = partition_of(key or b"", self.partitions(topic))
            log = self._logs[topic][partition]
            log.append(Message(topic=topic, partition=partition, offset=len(log), key=key, value=value, headers=list(headers) or None))
            self.changed.notify_all()
            return log[-1]

    def records(self, topic: str) -> list[Any]:
        """All records, partition by partition."""
        with self.changed:
            self.partitions(topic)
            return [message for log in self._logs[topic] for message in log]

    def log(self, partition: Partition) -> list[Any]:
        return self._logs[partition[0]][partition[1]]

    def committed(self, group: str, topic: str) -> dict[int, int]:
        """Partition -> next offset, where the group has committed one."""
        with self.changed:
            state = self.groups.get(group, Group())
            return {partition: offset for (name, partition), offset in sorted(state.committed.items()) if name == topic}

    def expel(self, group: str, member: str) -> None:
        """What a cluster does to a member whose session has timed out: others get its partitions, it learns later."""
        with self.changed:
            state = self.groups[group]
            state.sessions.pop(member, None)
            self.leave(state, member)

    def join(self, group: Group, member: str, session: object, topics: Sequence[str]) -> None:
        """A member that is known under its static id takes over without a rebalance."""
        with self.changed:
            known = group.members.get(member) == tuple(topics)
            group.sessions[member] = session
            group.members[member] = tuple(topics)
            if known:
                self._release(group, member)
            else:
                self._rebalance(group)
            self.changed.notify_all()

    def leave(self, group: Group, member: str) -> None:
        with self.changed:
            group.members.pop(member, None)
            self._release(group, member)
            self._rebalance(group)
            self.changed.notify_all()

    def require_reachable(self) -> None:
        if not self._reachable:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT, "the broker is away"))

    def _release(self, group: Group, member: str) -> None:
        group.owner = {partition: owner for partition, owner in group.owner.items() if owner != member}

    def _rebalance(self, group: Group) -> None:
        """Sticky: a member keeps what it has, up to its share."""
        target: dict[Partition, str] = {}
        topics = sorted({topic for subscribed in group.members.values() for topic in subscribed if topic in self._logs})
        for topic in topics:
            members = [member for member, subscribed in group.members.items() if topic in subscribed]
            wanted = [(topic, number) for number in range(len(self._logs[topic]))]
            room = {m: len(wanted) // len(members) + (rank < len(wanted) % len(members)) for rank, m in enumerate(members)}
            free = []
            for partition in wanted:
                member = group.target.get(partition, "")
                if room.get(member, 0) > 0:
                    target[partition] = member
                    room[member] -= 1
                else:
                    free.append(partition)
            takers = [member for member in members for _ in range(room[member])]
            target.update(zip(free, takers, strict=True))
        group.target = target
