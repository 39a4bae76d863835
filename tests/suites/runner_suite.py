"""The promises of shared.consumer.runner.ConsumerRunner, on any cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from confluent_kafka import KafkaException

from shared.testing import eventually
from tests.suites.cluster import Cluster, random_name
from tests.suites.events import codec_of, one_letter, seat_taken, write
from tests.suites.running import MoodyDeadLetters, Running, Store

Start = Callable[..., Running]


class RunnerSuite:
    """Subclasses give the fixture `cluster`."""

    @pytest.fixture
    def store(self) -> Store:
        return Store()

    @pytest.fixture
    def group(self) -> str:
        return random_name("group")

    @pytest.fixture
    def start(self, cluster: Cluster, group: str, store: Store) -> Iterator[Start]:
        with ExitStack() as stack:

            def start(topic: str, **options: Any) -> Running:
                running = Running(cluster, topic, group, options.pop("store", store), **options)
                stack.callback(running.stop)
                return running

            yield start

    def test_every_record_is_handled_in_the_order_of_its_partition(self, cluster: Cluster, store: Store, start: Start) -> None:
        topic = cluster.create_topic(3)
        write(cluster, topic, range(90), partitions=3)
        start(topic, batch_size=7)
        eventually(lambda: len(store.written) == 90)
        for partition in range(3):
            assert store.numbers(partition) == list(range(partition, 90, 3))

    def test_what_was_handled_is_committed(self, cluster: Cluster, store: Store, start: Start, group: str) -> None:
        topic = cluster.create_topic(2)
        write(cluster, topic, range(10), partitions=2)
        start(topic)
        eventually(lambda: cluster.committed(group, topic) == {0: 5, 1: 5})

    def test_what_cannot_be_read_goes_to_the_dead_letters_with_its_bytes_place_and_reason(
        self, cluster: Cluster, store: Store, start: Start, group: str
    ) -> None:
        topic = cluster.create_topic()
        good = codec_of(topic).encode(seat_taken(1))
        for value in (good, b"{}", None, good[:-1], b"\0\0\0\0\x63" + good[5:], good):
            cluster.append(topic, value, b"A1")
        running = start(topic)
        eventually(lambda: len(store.written) == 2)
        eventually(lambda: len(cluster.records(f"{topic}.dlq")) == 4)
        letters = cluster.records(f"{topic}.dlq")
        assert [letter.value() for letter in letters] == [b"{}", None, good[:-1], b"\0\0\0\0\x63" + good[5:]]
        assert {letter.key() for letter in letters} == {b"A1"}
        headers = [dict(letter.headers()) for letter in letters]
        assert [header["dlq_source_offset"] for header in headers] == [b"1", b"2", b"3", b"4"]
        assert {(h["dlq_source_topic"], h["dlq_source_partition"], h["dlq_consumer"]) for h in headers} == {
            (topic.encode(), b"0", group.encode())
        }
        assert all(header["dlq_reason"] for header in headers)
        eventually(lambda: cluster.committed(group, topic) == {0: 6})
        running.stop()
        assert running.error is None

    def test_what_the_store_refuses_goes_to_the_dead_letters(self, cluster: Cluster, store: Store, start: Start) -> None:
        topic = cluster.create_topic()
        store.refused = {1}
        write(cluster, topic, range(3))
        start(topic)
        (letter,) = eventually(lambda: one_letter(cluster, topic))
        assert letter.value() == codec_of(topic).encode(seat_taken(1))
        assert dict(letter.headers())["dlq_reason"] == b"the store refuses it"
        assert store.numbers() == [0, 2]

    def test_while_the_store_is_away_nothing_is_skipped_or_committed(
        self, cluster: Cluster, store: Store, start: Start, group: str
    ) -> None:
        topic = cluster.create_topic(2)
        store.away = True
        write(cluster, topic, range(10), partitions=2)
        running = start(topic)
        eventually(lambda: store.tries >= 3)
        write(cluster, topic, range(10, 20), partitions=2)
        assert cluster.committed(group, topic) == {}
        assert running.health.ready()["store"] == "the store is away"
        assert running.health.live() == {}
        store.away = False
        eventually(lambda: len(store.written) == 20)
        assert store.numbers(0) == list(range(0, 20, 2))
        assert store.numbers(1) == list(range(1, 20, 2))
        eventually(lambda: cluster.committed(group, topic) == {0: 10, 1: 10})
        eventually(lambda: running.health.ready() == {})

    def test_while_the_registry_is_away_nothing_becomes_a_dead_letter(self, cluster: Cluster, store: Store, start: Start) -> None:
        topic = cluster.create_topic()
        running = start(topic)
        running.codec.registry_away = True
        write(cluster, topic, range(5))
        eventually(lambda: "store" in running.health.ready())
        running.codec.registry_away = False
        eventually(lambda: store.numbers() == [0, 1, 2, 3, 4])
        assert cluster.records(f"{topic}.dlq") == []

    def test_while_the_dead_letters_are_away_their_batch_is_not_committed(
        self, cluster: Cluster, store: Store, start: Start, group: str
    ) -> None:
        topic = cluster.create_topic()
        letters = MoodyDeadLetters(cluster.dead_letters(group))
        cluster.append(topic, b"poison")
        start(topic, dead_letters=letters)
        eventually(lambda: letters.tries >= 2)
        assert cluster.committed(group, topic) == {}
        letters.away = False
        eventually(lambda: one_letter(cluster, topic))
        eventually(lambda: cluster.committed(group, topic) == {0: 1})

    def test_stop_lets_the_batch_at_hand_be_written_and_commits_it(self, cluster: Cluster, store: Store, start: Start, group: str) -> None:
        topic = cluster.create_topic()
        store.gate.clear()
        write(cluster, topic, range(5))
        running = start(topic)
        assert store.entered.wait(30)
        running.runner.stop()
        store.gate.set()
        running.stop()
        assert running.error is None
        handled = store.numbers()
        assert handled == list(range(len(handled)))
        assert handled
        assert cluster.committed(group, topic) == {0: len(handled)}

    def test_stop_while_the_store_is_away_ends_without_committing_what_waits(
        self, cluster: Cluster, store: Store, start: Start, group: str
    ) -> None:
        topic = cluster.create_topic()
        store.away = True
        write(cluster, topic, range(5))
        running = start(topic)
        eventually(lambda: store.tries >= 2)
        running.stop(within=10)
        assert running.error is None
        assert cluster.committed(group, topic) == {}

    def test_a_defect_of_the_handler_ends_the_runner_and_its_batch_comes_again(
        self, cluster: Cluster, store: Store, start: Start, group: str
    ) -> None:
        topic = cluster.create_topic()
        write(cluster, topic, range(3))
        first = start(topic)
        eventually(lambda: cluster.committed(group, topic) == {0: 3})
        store.crash_at = 4
        write(cluster, topic, range(3, 6))
        eventually(lambda: first.ended)
        assert isinstance(first.error, RuntimeError)
        store.crash_at = None
        start(topic)
        eventually(lambda: {3, 4, 5} <= set(store.numbers()), within=30)

    def test_a_second_member_takes_over_what_waits_for_a_store_that_is_away(
        self, cluster: Cluster, store: Store, start: Start, group: str
    ) -> None:
        topic = cluster.create_topic(2)
        write(cluster, topic, range(10), partitions=2)
        store.away = True
        first = start(topic)
        eventually(lambda: store.tries >= 2)
        working = Store()
        second = start(topic, store=working)
        eventually(lambda: len(working.written) == 5, within=30)
        (taken,) = {record.partition for record in working.written}
        eventually(lambda: cluster.committed(group, topic) == {taken: 5})
        store.away = False
        eventually(lambda: len(store.written) >= 5)
        # What was taken away is the other's: handled here too, it would be committed over the other's head.
        assert {record.partition for record in store.written} == {1 - taken}
        eventually(lambda: cluster.committed(group, topic) == {0: 5, 1: 5})
        eventually(lambda: first.health.ready() == second.health.ready() == {})

    def test_a_partition_that_was_taken_away_while_the_store_was_away_is_read_when_it_comes_back(
        self, cluster: Cluster, store: Store, start: Start
    ) -> None:
        topic = cluster.create_topic(2)
        write(cluster, topic, range(10), partitions=2)
        store.away = True
        start(topic)
        eventually(lambda: store.tries >= 2)
        working = Store()
        second = start(topic, store=working)
        eventually(lambda: len(working.written) == 5, within=30)
        store.away = False
        eventually(lambda: len(store.written) >= 5)
        second.stop()
        write(cluster, topic, range(10, 20), partitions=2)
        eventually(lambda: set(range(10, 20)) <= set(store.numbers()), within=30)

    def test_a_runner_that_was_fenced_by_its_successor_ends_with_an_error(self, cluster: Cluster, store: Store, start: Start) -> None:
        topic = cluster.create_topic()
        write(cluster, topic, range(1))
        first = start(topic, instance=0)
        eventually(lambda: store.numbers() == [0])
        start(topic, instance=0)
        eventually(lambda: first.ended, within=20)
        assert isinstance(first.error, KafkaException)

    def test_readiness_tells_of_joining_and_of_lag(self, cluster: Cluster, store: Store, start: Start) -> None:
        topic = cluster.create_topic()
        write(cluster, topic, range(3))
        store.gate.clear()
        running = start(topic, caught_up_within_records=0, batch_size=2)
        assert running.health.ready()["partitions"] in ("not yet a member of the group", "lag not measured yet")
        store.gate.set()
        eventually(lambda: running.health.ready() == {})

    def test_a_runner_without_a_partition_is_ready(self, cluster: Cluster, store: Store, start: Start) -> None:
        topic = cluster.create_topic(1)
        running = [start(topic), start(topic)]
        eventually(lambda: [r.health.ready() for r in running] == [{}, {}], within=30)
