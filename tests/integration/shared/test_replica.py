"""A topic held in memory, on the real cluster."""

from __future__ import annotations

import pytest

from shared.streams.replica import TopicReplica
from shared.testing.eventually import eventually
from tests.integration.real_cluster import RealCluster
from tests.suites.events import SeatTaken, codec_of, seat_taken, topic_of


class Replicated:
    """A topic, and what a replica of it has read."""

    def __init__(self, cluster: RealCluster, partitions: int = 3) -> None:
        self._cluster = cluster
        self.topic = topic_of(cluster.create_topic(partitions))
        self.codec = codec_of(self.topic.name)
        self.read: dict[str, int] = {}

    def append(self, key: str, amount: int) -> None:
        self._cluster.append(self.topic.name, self.codec.encode(seat_taken(amount, key)), key.encode())

    def replica(self, read: dict[str, int] | None = None) -> TopicReplica[SeatTaken]:
        into = self.read if read is None else read
        return TopicReplica(self.topic, self.codec, self._cluster.client, lambda event: into.update({event.seat: event.number}))


@pytest.fixture
def replicated(cluster: RealCluster) -> Replicated:
    return Replicated(cluster)


def test_all_that_the_topic_holds_is_there_once_it_is_caught_up_and_then_it_follows(replicated: Replicated) -> None:
    for number in range(20):
        replicated.append(f"key-{number % 7}", number)
    replica = replicated.replica()
    replica.wait_until_caught_up(30)
    assert replica.check() is None
    assert replicated.read == {f"key-{number % 7}": number for number in range(20)}
    replicated.append("later", 1)
    eventually(lambda: replicated.read["later"] == 1)


def test_an_empty_topic_is_caught_up_at_once(replicated: Replicated) -> None:
    replica = replicated.replica()
    replica.wait_until_caught_up(30)
    assert replicated.read == {}


def test_what_cannot_be_read_is_left_out(cluster: RealCluster, replicated: Replicated) -> None:
    cluster.append(replicated.topic.name, b"no avro", b"bad")
    cluster.append(replicated.topic.name, None, b"deleted")
    replicated.append("good", 1)
    replicated.replica().wait_until_caught_up(30)
    assert replicated.read == {"good": 1}


def test_nothing_comes_after_it_was_closed(replicated: Replicated) -> None:
    read_by_closed: dict[str, int] = {}
    closed, other = replicated.replica(read_by_closed), replicated.replica()
    for replica in (closed, other):
        replica.wait_until_caught_up(30)
    closed.close()
    replicated.append("later", 1)
    eventually(lambda: replicated.read["later"] == 1)
    assert read_by_closed == {}
