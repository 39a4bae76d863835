"""What `make status` says of groups, on the real cluster."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka import Producer, TopicPartition

from infra.kafka.lag import lag_lines
from shared.consumer.group_offsets import LATEST, GroupOffsets
from shared.testing import eventually
from tests.conftest import Stack
from tests.integration.real_cluster import RealCluster
from tests.suites.cluster import random_name


@pytest.fixture
def producer(cluster: RealCluster) -> Iterator[Producer]:
    """One whose transaction is begun."""
    made = cluster.transactions(random_name("writer"), 0)
    made.init_transactions(20)
    made.begin_transaction()
    yield made


def commit(cluster: RealCluster, group: str, topic: str, offset: int) -> None:
    consumer = cluster.consumer(group)
    consumer.commit(offsets=[TopicPartition(topic, 0, offset)], asynchronous=False)
    consumer.close()


def stable_end(cluster: RealCluster, topic: str) -> int:
    """Beyond the mark of the abort, once that has come."""
    with GroupOffsets(cluster.client) as offsets:
        return offsets.offsets([(topic, 0)], LATEST, stable=True)[topic, 0]


def told(stack: Stack, group: str) -> list[str]:
    return [line for line in lag_lines(stack.env) if f"  {group}  " in line]


def test_the_mark_of_a_transaction_is_nothing_that_a_group_has_left(stack: Stack, cluster: RealCluster, producer: Producer) -> None:
    topic, group = cluster.create_topic(), random_name("group")
    producer.produce(topic, b"one")
    producer.produce(topic, b"two")
    producer.commit_transaction(20)
    # A commit is answered once it is decided; its mark comes to the partition after that.
    eventually(lambda: len(cluster.records(topic)) == 2)
    commit(cluster, group, topic, 1)
    assert told(stack, group) == [f"lag  {group}  {topic}: 1"]
    commit(cluster, group, topic, 2)
    assert told(stack, group) == [f"lag  {group}  {topic}: 0"]


def test_what_was_aborted_is_nothing_that_a_group_has_left(stack: Stack, cluster: RealCluster, producer: Producer) -> None:
    topic, group = cluster.create_topic(), random_name("group")
    cluster.append(topic, b"one")
    for number in range(300):
        producer.produce(topic, str(number).encode())
    producer.flush(20)
    producer.abort_transaction(20)
    eventually(lambda: stable_end(cluster, topic) == 302)
    commit(cluster, group, topic, 1)
    assert told(stack, group) == [f"lag  {group}  {topic}: 0"]
    commit(cluster, group, topic, 0)
    assert told(stack, group) == [f"lag  {group}  {topic}: 1"]
