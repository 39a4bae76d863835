"""LagGauge: how far behind, from the group's commits and the ends of the partitions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from confluent_kafka import TopicPartition

import shared.consumer.lag
from shared.consumer.lag import LagGauge
from tests.suites.cluster import MemoryCluster
from tests.suites.consumer_suite import Member, turn_until


@pytest.fixture(autouse=True)
def measure_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(shared.consumer.lag, "MEASURE_INTERVAL_SECONDS", 0.0)
    yield


def member_of(cluster: MemoryCluster, topic: str) -> Member:
    member = Member(cluster.consumer("group"), topic)
    turn_until(member, lambda: bool(member.partitions()))
    return member


def test_the_group_is_behind_by_what_it_has_not_committed() -> None:
    cluster = MemoryCluster()
    topic = cluster.create_topic(2)
    for number in range(10):
        cluster.append(topic, b"1", partition=number % 2)
    cluster.broker.groups.clear()
    member = member_of(cluster, topic)
    member.consumer.commit(offsets=[TopicPartition(topic, 0, 4)], asynchronous=False)
    gauge = LagGauge(member.consumer, 5)
    assert gauge.check() == "not yet a member of the group"
    gauge.assigned(member.consumer.assignment())
    assert gauge.check() == "lag not measured yet"
    gauge.measure({})
    assert gauge.check() == "6 records behind"
    gauge.measure({(topic, 1): 2})
    assert gauge.check() is None


def test_a_partition_that_was_taken_away_does_not_count() -> None:
    cluster = MemoryCluster()
    topic = cluster.create_topic(2)
    cluster.append(topic, b"1", partition=0)
    member = member_of(cluster, topic)
    gauge = LagGauge(member.consumer, 0)
    gauge.assigned(member.consumer.assignment())
    gauge.measure({})
    assert gauge.check() == "1 records behind"
    gauge.revoked([TopicPartition(topic, 0)])
    gauge.measure({})
    assert gauge.check() is None


def test_while_the_cluster_is_away_the_lag_is_not_known() -> None:
    cluster = MemoryCluster()
    topic = cluster.create_topic()
    member = member_of(cluster, topic)
    gauge = LagGauge(member.consumer, 0)
    gauge.assigned(member.consumer.assignment())
    cluster.broker.reachable = False
    gauge.measure({})
    assert gauge.check() == "lag not measured yet"
    cluster.broker.reachable = True
    gauge.measure({})
    assert gauge.check() is None
