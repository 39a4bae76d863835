"""What each strategy of commits loses or repeats, seen from the order of commits and writes; and batches that wait to be filled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from shared.consumer.client import consumer_config
from shared.consumer.commits import CommitStrategy
from shared.consumer.handler import Record, Rejection
from shared.testing import InMemoryConsumer, eventually
from tests.suites.cluster import MemoryCluster
from tests.suites.events import SeatTaken, codec_of, seat_taken, write
from tests.suites.running import Running, Store

Start = Callable[..., Running]


class WatchedConsumer(InMemoryConsumer):
    """Notes what is committed; refuses it while `refusing`."""

    steps: list[tuple[str, int]]
    refusing = False

    def commit(self, *, offsets: list[TopicPartition], asynchronous: bool) -> list[TopicPartition] | None:
        if self.refusing:
            raise KafkaException(KafkaError(KafkaError.COORDINATOR_NOT_AVAILABLE))
        self.steps.append(("commit", offsets[0].offset))
        return super().commit(offsets=offsets, asynchronous=asynchronous)


class WatchedCluster(MemoryCluster):
    def __init__(self) -> None:
        super().__init__()
        self.steps: list[tuple[str, int]] = []
        self.consumers: list[WatchedConsumer] = []

    def consumer(self, group: str, instance: int | None = None, **config: Any) -> WatchedConsumer:
        consumer = WatchedConsumer(self.broker, group, instance)
        consumer.steps = self.steps
        consumer.refusing = config.get("refusing", False)
        self.consumers.append(consumer)
        return consumer


class WatchedStore(Store):
    def __init__(self, steps: list[tuple[str, int]]) -> None:
        super().__init__()
        self.steps = steps
        self.handled_at: list[float] = []

    def handle(self, records: Sequence[Record[SeatTaken]]) -> Iterable[Rejection]:
        self.handled_at.append(time.monotonic())
        self.steps.append(("handle", records[-1].event.number))
        return super().handle(records)


@pytest.fixture
def cluster() -> WatchedCluster:
    return WatchedCluster()


@pytest.fixture
def store(cluster: WatchedCluster) -> WatchedStore:
    return WatchedStore(cluster.steps)


@pytest.fixture
def start(cluster: WatchedCluster, store: WatchedStore) -> Iterator[Start]:
    with ExitStack() as stack:

        def start(topic: str, **options: Any) -> Running:
            running = Running(cluster, topic, "group", options.pop("store", store), **options)
            stack.callback(running.stop)
            return running

        yield start


@pytest.mark.parametrize("strategy", CommitStrategy)
def test_the_client_commits_by_itself_only_where_that_is_asked_for(strategy: CommitStrategy) -> None:
    config = consumer_config({}, "group", 0, commits=strategy)
    assert config["enable.auto.commit"] is config["enable.auto.offset.store"] is (strategy is CommitStrategy.AUTOMATIC)


def test_after_what_is_handled_is_committed_and_what_a_crash_interrupts_comes_again(
    cluster: WatchedCluster, store: WatchedStore, start: Start
) -> None:
    topic = cluster.create_topic()
    store.crash_at = 2
    write(cluster, topic, range(3))
    first = start(topic)
    eventually(lambda: first.ended)
    assert (cluster.committed("group", topic), store.written) == ({}, [])
    store.crash_at = None
    start(topic)
    eventually(lambda: cluster.committed("group", topic) == {0: 3})
    assert store.numbers() == [0, 1, 2]
    assert cluster.steps == [("handle", 2), ("handle", 2), ("commit", 3)]


def test_before_what_is_committed_is_handled_and_what_a_crash_interrupts_is_gone(
    cluster: WatchedCluster, store: WatchedStore, start: Start
) -> None:
    topic = cluster.create_topic()
    store.crash_at = 2
    write(cluster, topic, range(3))
    first = start(topic, commits=CommitStrategy.BEFORE)
    eventually(lambda: first.ended)
    assert cluster.committed("group", topic) == {0: 3}
    write(cluster, topic, range(3, 5))
    start(topic, commits=CommitStrategy.BEFORE)
    eventually(lambda: store.numbers() == [3, 4])
    assert cluster.steps == [("commit", 3), ("handle", 2), ("commit", 5), ("handle", 4)]


def test_before_a_batch_whose_store_is_away_is_committed_once_and_handled_when_it_is_back(
    cluster: WatchedCluster, store: WatchedStore, start: Start
) -> None:
    topic = cluster.create_topic()
    store.away = True
    write(cluster, topic, range(3))
    start(topic, commits=CommitStrategy.BEFORE)
    eventually(lambda: store.tries >= 2)
    store.away = False
    eventually(lambda: store.numbers() == [0, 1, 2])
    assert [step for step in cluster.steps if step[0] == "commit"] == [("commit", 3)]


def test_before_nothing_is_handled_that_could_not_be_committed(cluster: WatchedCluster, store: WatchedStore, start: Start) -> None:
    topic = cluster.create_topic()
    write(cluster, topic, range(3))
    running = start(topic, commits=CommitStrategy.BEFORE, config={"refusing": True})
    eventually(lambda: running.health.ready()["store"].startswith("Kafka: "))
    assert store.tries == 0
    cluster.consumers[0].refusing = False
    eventually(lambda: store.numbers() == [0, 1, 2])
    assert cluster.steps == [("commit", 3), ("handle", 2)]


def test_automatic_nothing_is_committed_by_the_runner(cluster: WatchedCluster, store: WatchedStore, start: Start) -> None:
    topic = cluster.create_topic()
    write(cluster, topic, range(3))
    running = start(topic, commits=CommitStrategy.AUTOMATIC)
    eventually(lambda: store.numbers() == [0, 1, 2])
    eventually(lambda: running.health.ready() == {})
    running.stop()
    assert cluster.steps == [("handle", 2)]


def test_a_lone_record_waits_for_others_and_no_longer(cluster: WatchedCluster, store: WatchedStore, start: Start) -> None:
    topic = cluster.create_topic()
    start(topic, fill_seconds=0.1)
    written = time.monotonic()
    write(cluster, topic, range(1))
    eventually(lambda: store.numbers() == [0])
    assert store.handled_at[0] - written >= 0.1
    write(cluster, topic, range(1, 3))
    eventually(lambda: cluster.committed("group", topic) == {0: 3})
    assert store.handled_at[-1] - store.handled_at[0] >= 0.1


def test_a_batch_that_is_full_is_handled_at_once(cluster: WatchedCluster, store: WatchedStore, start: Start) -> None:
    topic = cluster.create_topic()
    running = start(topic, fill_seconds=60, batch_size=5)
    write(cluster, topic, range(3))
    eventually(lambda: len(running.runner._batch) == 3)
    assert store.tries == 0
    write(cluster, topic, range(3, 13))
    eventually(lambda: store.numbers() == list(range(10)))
    assert [step for step in cluster.steps if step[0] == "handle"] == [("handle", 4), ("handle", 9)]


def test_a_batch_of_so_many_bytes_is_full(cluster: WatchedCluster, store: WatchedStore, start: Start) -> None:
    topic = cluster.create_topic()
    size = len(codec_of(topic).encode(seat_taken(0)))
    running = start(topic, fill_seconds=60, batch_bytes=4 * size)
    write(cluster, topic, range(3))
    eventually(lambda: len(running.runner._batch) == 3)
    assert store.tries == 0
    write(cluster, topic, range(3, 4))
    eventually(lambda: store.numbers() == [0, 1, 2, 3])


def test_what_waits_to_be_filled_is_written_at_the_end(cluster: WatchedCluster, store: WatchedStore, start: Start) -> None:
    topic = cluster.create_topic()
    running = start(topic, fill_seconds=60)
    write(cluster, topic, range(3))
    eventually(lambda: len(running.runner._batch) == 3)
    running.stop()
    assert running.error is None
    assert (store.numbers(), cluster.committed("group", topic)) == ([0, 1, 2], {0: 3})


def test_what_waits_to_be_filled_when_a_partition_goes_is_its_next_owner_s(
    cluster: WatchedCluster, store: WatchedStore, start: Start
) -> None:
    topic = cluster.create_topic(2)
    first = start(topic, fill_seconds=60, batch_size=6)
    write(cluster, topic, range(4), partitions=2)
    eventually(lambda: len(first.runner._batch) == 4)
    second = WatchedStore(cluster.steps)
    start(topic, store=second)
    eventually(lambda: len(second.written) == 2)
    (taken,) = {record.partition for record in second.written}
    codec = codec_of(topic)
    for number in range(4, 8):
        cluster.append(topic, codec.encode(seat_taken(number)), partition=1 - taken)
    eventually(lambda: len(store.written) == 6)
    assert {record.partition for record in store.written} == {1 - taken}
    eventually(lambda: cluster.committed("group", topic) == {taken: 2, 1 - taken: 6})


def test_a_store_that_is_away_keeps_the_batch_as_it_is_and_later_ones_fill_again(
    cluster: WatchedCluster, store: WatchedStore, start: Start
) -> None:
    topic = cluster.create_topic()
    store.away = True
    running = start(topic, fill_seconds=60, batch_size=3)
    write(cluster, topic, range(5))
    eventually(lambda: store.tries >= 2)
    assert len(running.runner._batch) == 3
    store.away = False
    eventually(lambda: cluster.committed("group", topic) == {0: 3})
    eventually(lambda: len(running.runner._batch) == 2)
    write(cluster, topic, range(5, 6))
    eventually(lambda: store.numbers() == list(range(6)))
