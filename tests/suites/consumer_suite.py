"""What shared.consumer.client relies on in a consumer: the order of a partition, groups that share and hand over, commits, pauses."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from shared.consumer.client import KafkaConsumer
from shared.testing import eventually
from tests.suites.cluster import Cluster, random_name


class Member:
    """A consumer that writes down what it is told and what it reads."""

    def __init__(self, consumer: KafkaConsumer, topic: str) -> None:
        self.consumer = consumer
        self.topic = topic
        self.read: list[Any] = []
        self.told: list[tuple[str, set[int]]] = []
        consumer.subscribe([topic], on_assign=self._on_assign, on_revoke=self._told("revoked"), on_lost=self._told("lost"))

    def turn(self) -> None:
        first = self.consumer.poll(0.05)
        if first is not None:
            self.read += [m for m in [first, *self.consumer.consume(100, 0)] if m.error() is None]

    def values(self, partition: int | None = None) -> list[int]:
        return [int(m.value()) for m in self.read if partition is None or m.partition() == partition]

    def partitions(self) -> set[int]:
        return {p.partition for p in self.consumer.assignment()}

    def _on_assign(self, consumer: KafkaConsumer, partitions: list[TopicPartition]) -> None:
        self.told.append(("assigned", {p.partition for p in partitions}))
        consumer.incremental_assign(partitions)

    def _told(self, word: str) -> Callable[[KafkaConsumer, list[TopicPartition]], None]:
        def callback(consumer: KafkaConsumer, partitions: list[TopicPartition]) -> None:
            self.told.append((word, {p.partition for p in partitions}))
            consumer.incremental_unassign(partitions)

        return callback


class ConsumerSuite:
    """Subclasses give the fixture `cluster`."""

    @pytest.fixture
    def join(self, cluster: Cluster) -> Iterator[Callable[..., Member]]:
        with ExitStack() as stack:

            def join(topic: str, group: str, instance: int | None = None, **config: Any) -> Member:
                member = Member(cluster.consumer(group, instance, **config), topic)
                stack.callback(member.consumer.close)
                return member

            yield join

    def test_a_new_group_reads_the_log_from_its_beginning_and_in_order(self, cluster: Cluster, join: Callable[..., Member]) -> None:
        topic = cluster.create_topic(3)
        for number in range(60):
            cluster.append(topic, str(number).encode(), partition=number % 3)
        member = join(topic, random_name("group"))
        turn_until(member, lambda: len(member.read) == 60)
        for partition in range(3):
            assert member.values(partition) == list(range(partition, 60, 3))

    def test_a_message_has_its_place_key_value_and_no_error(self, cluster: Cluster, join: Callable[..., Member]) -> None:
        topic = cluster.create_topic()
        cluster.append(topic, b"0", b"ada")
        cluster.append(topic, None, b"ada")
        member = join(topic, random_name("group"))
        turn_until(member, lambda: len(member.read) == 2)
        first, second = member.read
        assert (first.topic(), first.partition(), first.offset()) == (topic, 0, 0)
        assert (first.key(), first.value(), first.error(), first.headers()) == (b"ada", b"0", None, None)
        assert (second.offset(), second.value()) == (1, None)

    def test_a_group_goes_on_where_it_committed(self, cluster: Cluster, join: Callable[..., Member]) -> None:
        topic, group = cluster.create_topic(), random_name("group")
        for number in range(10):
            cluster.append(topic, str(number).encode())
        member = join(topic, group)
        turn_until(member, lambda: len(member.read) == 10)
        member.consumer.commit(offsets=[TopicPartition(topic, 0, 4)], asynchronous=False)
        member.consumer.close()
        assert cluster.committed(group, topic) == {0: 4}
        successor = join(topic, group)
        turn_until(successor, lambda: len(successor.read) == 6)
        assert successor.values() == [4, 5, 6, 7, 8, 9]

    def test_what_nobody_committed_is_told_as_such(self, cluster: Cluster, join: Callable[..., Member]) -> None:
        topic = cluster.create_topic()
        member = join(topic, random_name("group"))
        turn_until(member, lambda: member.partitions() == {0})
        (committed,) = member.consumer.committed([TopicPartition(topic, 0)], timeout=5)
        assert committed.offset < 0

    def test_watermarks_are_the_ends_of_the_partition(self, cluster: Cluster, join: Callable[..., Member]) -> None:
        topic = cluster.create_topic()
        for number in range(5):
            cluster.append(topic, str(number).encode())
        member = join(topic, random_name("group"))
        assert member.consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=5, cached=True)[1] < 0
        turn_until(member, lambda: len(member.read) == 5)
        assert member.consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=5, cached=True) == (0, 5)
        assert member.consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=5, cached=False) == (0, 5)

    def test_a_paused_partition_gives_nothing_until_it_is_resumed(self, cluster: Cluster, join: Callable[..., Member]) -> None:
        topic = cluster.create_topic(2)
        member = join(topic, random_name("group"))
        turn_until(member, lambda: member.partitions() == {0, 1})
        member.consumer.pause([TopicPartition(topic, 0)])
        for number in range(10):
            cluster.append(topic, str(number).encode(), partition=number % 2)
        turn_until(member, lambda: len(member.values(1)) == 5)
        assert member.values(0) == []
        member.consumer.resume([TopicPartition(topic, 0)])
        turn_until(member, lambda: len(member.values(0)) == 5)
        assert member.values(0) == [0, 2, 4, 6, 8]

    def test_two_members_share_and_the_one_that_stays_takes_all(self, cluster: Cluster, join: Callable[..., Member]) -> None:
        topic, group = cluster.create_topic(4), random_name("group")
        first = join(topic, group)
        turn_until(first, lambda: first.partitions() == {0, 1, 2, 3})
        second = join(topic, group)
        turn_until([first, second], lambda: len(first.partitions()) == len(second.partitions()) == 2)
        assert first.partitions() | second.partitions() == {0, 1, 2, 3}
        # Cooperative: what stays was never taken away.
        assert first.told == [("assigned", {0, 1, 2, 3}), ("revoked", second.partitions())] or first.told[-1] == ("assigned", set())
        second.consumer.close()
        turn_until(first, lambda: first.partitions() == {0, 1, 2, 3})

    def test_a_member_without_a_partition_hears_that_it_has_joined(self, cluster: Cluster, join: Callable[..., Member]) -> None:
        topic, group = cluster.create_topic(1), random_name("group")
        first = join(topic, group)
        turn_until(first, lambda: first.partitions() == {0})
        second = join(topic, group)
        turn_until([first, second], lambda: ("assigned", set()) in second.told)

    def test_a_static_member_comes_back_to_its_partitions_and_the_others_hear_nothing(
        self, cluster: Cluster, join: Callable[..., Member]
    ) -> None:
        topic, group = cluster.create_topic(4), random_name("group")
        members = [join(topic, group, 0), join(topic, group, 1)]
        turn_until(members, lambda: [len(m.partitions()) for m in members] == [2, 2])
        had, told = members[1].partitions(), list(members[0].told)
        members[1].consumer.close()
        successor = join(topic, group, 1)
        turn_until([members[0], successor], lambda: successor.partitions() == had)
        assert members[0].told == told

    def test_a_successor_fences_the_static_member_before_it(self, cluster: Cluster, join: Callable[..., Member]) -> None:
        topic, group = cluster.create_topic(1), random_name("group")
        first = join(topic, group, 0)
        turn_until(first, lambda: first.partitions() == {0})
        second = join(topic, group, 0)
        turn_until(second, lambda: second.partitions() == {0})

        def fenced() -> bool:
            message = first.consumer.poll(0.1)
            # Its `fatal()` says False all the same: confluent-kafka keeps that flag for errors of producers.
            return bool(message is not None and message.error() is not None and message.error().code() == KafkaError._FATAL)

        eventually(fenced, within=20)

    def test_a_closed_consumer_refuses_to_work(self, cluster: Cluster) -> None:
        consumer = cluster.consumer(random_name("group"))
        consumer.subscribe([cluster.create_topic()])
        consumer.close()
        with pytest.raises(RuntimeError):
            consumer.poll(0)

    def test_a_commit_of_a_partition_to_a_cluster_that_knows_the_member_is_answered(
        self, cluster: Cluster, join: Callable[..., Member]
    ) -> None:
        topic, group = cluster.create_topic(), random_name("group")
        member = join(topic, group)
        turn_until(member, lambda: member.partitions() == {0})
        member.consumer.commit(offsets=[TopicPartition(topic, 0, 7)], asynchronous=True)
        turn_until(member, lambda: cluster.committed(group, topic) == {0: 7})


def turn_until(members: Member | list[Member], condition: Callable[[], bool], within: float = 30.0) -> None:
    """Poll the members until it is so: callbacks run inside of poll."""
    deadline = time.monotonic() + within
    everyone = members if isinstance(members, list) else [members]
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not so within {within:g} s: {[(m.told, len(m.read)) for m in everyone]}")
        for member in everyone:
            try:
                member.turn()
            except KafkaException as error:
                raise AssertionError(str(error)) from error
