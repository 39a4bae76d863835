"""A group described and moved, on the real cluster."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from confluent_kafka import Consumer, KafkaException

from infra.kafka.client import client_config
from infra.kafka.groups import RefusedError
from infra.kafka.offsets_describe import describe
from infra.kafka.offsets_reset import reset
from infra.kafka.reset_plan import Edge, Offset, Target, parse_target
from shared.consumer.group_offsets import GroupOffsets
from shared.testing import eventually
from tests.conftest import Stack
from tests.integration.real_cluster import RealCluster
from tests.suites.cluster import random_name


@pytest.fixture
def env(stack: Stack) -> Mapping[str, str]:
    return stack.env


@pytest.fixture
def topic(cluster: RealCluster) -> str:
    """Ten records in each of two partitions."""
    name = cluster.create_topic(2)
    for number in range(20):
        cluster.append(name, str(number).encode(), partition=number % 2)
    return name


@pytest.fixture
def group(env: Mapping[str, str], topic: str) -> str:
    """At 4 in the first partition, never in the second."""
    name = random_name("group")
    with GroupOffsets(client_config(env)) as offsets:
        offsets.commit(name, {(topic, 0): 4})
    return name


def joined(cluster: RealCluster, group: str, topic: str) -> Consumer:
    consumer = cluster.consumer(group)
    consumer.subscribe([topic])
    eventually(lambda: (consumer.poll(0.1), consumer.assignment())[1] != [], within=30)
    return consumer


def move(env: Mapping[str, str], group: str, topic: str, target: Target, *, partition: int | None = None, apply: bool = True) -> None:
    reset(env, group, topic, target, partition, apply)


def test_a_reset_is_shown_and_changes_nothing_until_it_is_applied(
    env: Mapping[str, str], cluster: RealCluster, group: str, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    move(env, group, topic, Edge(earliest=True), apply=False)
    assert "4 to be read again" in capsys.readouterr().out
    assert cluster.committed(group, topic) == {0: 4}
    move(env, group, topic, Edge(earliest=True))
    assert cluster.committed(group, topic) == {0: 0, 1: 0}
    move(env, group, topic, Edge(earliest=False))
    assert cluster.committed(group, topic) == {0: 10, 1: 10}
    move(env, group, topic, Offset(3), partition=1)
    assert cluster.committed(group, topic) == {0: 10, 1: 3}


def test_a_time_is_the_first_record_from_then_on(env: Mapping[str, str], cluster: RealCluster, group: str, topic: str) -> None:
    # Kafka keeps milliseconds: what is written next is later.
    between = datetime.now(UTC)
    eventually(lambda: time.time() > between.timestamp() + 0.01)
    cluster.append(topic, b"late", partition=0)
    move(env, group, topic, parse_target(between.isoformat(), datetime.now(UTC)))
    assert cluster.committed(group, topic) == {0: 10, 1: 10}
    written = time.time()
    eventually(lambda: time.time() > written + 0.01)
    move(env, group, topic, parse_target(datetime.now(UTC).isoformat(), datetime.now(UTC)))
    assert cluster.committed(group, topic) == {0: 11, 1: 10}


def test_a_reset_is_refused_while_the_group_has_members_and_names_them(
    env: Mapping[str, str], cluster: RealCluster, group: str, topic: str
) -> None:
    consumer = joined(cluster, group, topic)
    try:
        with pytest.raises(RefusedError, match=f"Refused while {group} has members.*{group}"):
            move(env, group, topic, Edge(earliest=True))
    finally:
        consumer.close()
    assert cluster.committed(group, topic) == {0: 4}


def test_the_coordinator_itself_refuses_where_a_member_comes_in_between(
    env: Mapping[str, str], cluster: RealCluster, group: str, topic: str
) -> None:
    consumer = joined(cluster, group, topic)
    try:
        with GroupOffsets(client_config(env)) as offsets, pytest.raises(KafkaException, match="UNKNOWN_MEMBER_ID"):
            offsets.commit(group, {(topic, 0): 0, (topic, 1): 0})
    finally:
        consumer.close()
    assert cluster.committed(group, topic) == {0: 4}


def test_what_does_not_exist_is_refused_with_what_does(env: Mapping[str, str], group: str, topic: str) -> None:
    with pytest.raises(RefusedError, match=f"There is no group 'nobody' .*{group}"):
        move(env, "nobody", topic, Edge(earliest=True))
    with pytest.raises(RefusedError, match=f"There is no topic 'nothing' .*{topic}"):
        move(env, group, "nothing", Edge(earliest=True))
    with pytest.raises(RefusedError, match=f"{topic} has no partition 2: it has 0 to 1"):
        move(env, group, topic, Edge(earliest=True), partition=2)
    with pytest.raises(RefusedError, match="The offset 11 is outside of the log"):
        move(env, group, topic, Offset(11))


def test_a_group_is_described_with_its_members_and_what_is_left(
    env: Mapping[str, str], cluster: RealCluster, group: str, topic: str, capsys: pytest.CaptureFixture[str]
) -> None:
    describe(env, group)
    said = capsys.readouterr().out
    assert "empty, no members" in said
    assert [line.split()[1:] for line in said.splitlines() if line.startswith(topic)] == [["0", "4", "10", "6", "-"]]
    consumer = joined(cluster, group, topic)
    try:
        describe(env, group)
    finally:
        consumer.close()
    said = capsys.readouterr().out
    assert "stable, 1 member, assigned by cooperative-sticky" in said
    assert [line.split()[1:5] for line in said.splitlines() if line.startswith(topic)] == [["0", "4", "10", "6"], ["1", "-", "10", "-"]]
