"""The in-memory broker passes the suite of a real one; and what a test can do to it, no suite can ask of a cluster."""

from __future__ import annotations

import pytest
from confluent_kafka import KafkaException, TopicPartition

from shared.testing.partitioner import murmur2, partition_of
from tests.suites.cluster import MemoryCluster
from tests.suites.consumer_suite import ConsumerSuite, Member, turn_until


@pytest.fixture
def cluster() -> MemoryCluster:
    return MemoryCluster()


class TestInMemoryConsumer(ConsumerSuite):
    """All of the suite."""


def test_an_expelled_member_hears_that_its_partitions_are_lost_and_joins_again(cluster: MemoryCluster) -> None:
    topic = cluster.create_topic(2)
    member = Member(consumer := cluster.consumer("group"), topic)
    turn_until(member, lambda: member.partitions() == {0, 1})
    cluster.broker.expel("group", consumer.member)
    with pytest.raises(KafkaException):
        consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
    turn_until(member, lambda: len(member.told) == 3)
    assert member.told == [("assigned", {0, 1}), ("lost", {0, 1}), ("assigned", {0, 1})]


def test_while_the_broker_is_away_nothing_is_read_written_or_committed(cluster: MemoryCluster) -> None:
    topic = cluster.create_topic()
    member = Member(consumer := cluster.consumer("group"), topic)
    cluster.append(topic, b"0")
    turn_until(member, lambda: member.values() == [0])
    cluster.broker.reachable = False
    with pytest.raises(KafkaException):
        cluster.append(topic, b"1")
    with pytest.raises(KafkaException):
        consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
    consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=True)
    assert consumer.poll(0) is None
    cluster.broker.reachable = True
    assert cluster.committed("group", topic) == {}
    cluster.append(topic, b"1")
    turn_until(member, lambda: member.values() == [0, 1])


def test_a_topic_that_was_not_created_does_not_come_into_being(cluster: MemoryCluster) -> None:
    with pytest.raises(KafkaException):
        cluster.append("nowhere", b"0")


@pytest.mark.parametrize(("key", "digest"), [(b"21", -973932308), (b"foobar", -790332482), (b"a-little-bit-long-string", -985981536)])
def test_murmur2_gives_the_digests_of_kafkas_own_tests(key: bytes, digest: int) -> None:
    assert murmur2(key) == digest & 0xFFFFFFFF
    assert partition_of(key, 6) == (digest & 0x7FFFFFFF) % 6
