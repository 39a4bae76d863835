"""The promises of shared.streams.transactional_runner.TransactionalRunner, on any cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from confluent_kafka import KafkaException

from shared.streams.transactions import TransactionInDoubtError
from shared.testing import eventually
from tests.suites.cluster import Cluster, random_name
from tests.suites.counting import FORGET, Counted, CountingRunner, Topics, assert_exact, count
from tests.suites.events import SeatTaken, codec_of, one_letter, seat_taken

Start = Callable[..., CountingRunner]


class TransactionalSuite:
    """Subclasses give the fixture `cluster`."""

    @pytest.fixture
    def group(self) -> str:
        return random_name("group")

    @pytest.fixture
    def start(self, cluster: Cluster, group: str) -> Iterator[Start]:
        with ExitStack() as stack:

            def start(topics: Topics, instance: int = 0, **options: Any) -> CountingRunner:
                running = CountingRunner(cluster, topics, group, instance, **options)
                stack.callback(running.stop)
                return running

            yield start

    def test_every_event_is_counted_once_and_in_order(self, cluster: Cluster, start: Start, group: str) -> None:
        topics = Topics(cluster, 2)
        sent = write(cluster, topics, range(60), seats=5)
        start(topics, batch_size=7)
        eventually(lambda: len(topics.counted()) == 60)
        eventually(lambda: assert_exact(sent, topics))
        eventually(lambda: sum(cluster.committed(group, topics.source).values()) == 60)

    def test_the_state_is_written_once_for_each_changed_key_of_a_batch_and_to_the_partition_of_its_source(
        self, cluster: Cluster, start: Start
    ) -> None:
        topics = Topics(cluster, 3)
        write(cluster, topics, range(30), seats=3)
        start(topics)
        eventually(lambda: len(topics.counted()) == 30)
        places = {message.key(): message.partition() for message in cluster.records(topics.source)}
        eventually(lambda: {(m.key(), m.partition()) for m in cluster.records(topics.state)} == set(places.items()))
        eventually(lambda: set(topics.states().values()) == {10})
        assert len(cluster.records(topics.state)) < 30

    def test_counts_go_on_where_a_worker_before_left_them(self, cluster: Cluster, start: Start) -> None:
        topics = Topics(cluster, 2)
        sent = write(cluster, topics, range(20), seats=3)
        first = start(topics)
        eventually(lambda: len(topics.counted()) == 20)
        first.stop()
        assert first.error is None
        sent += write(cluster, topics, range(20, 40), seats=3)
        start(topics)
        eventually(lambda: len(topics.counted()) == 40)
        eventually(lambda: assert_exact(sent, topics))

    def test_a_state_that_is_forgotten_stays_so_after_a_restart(self, cluster: Cluster, start: Start) -> None:
        topics = Topics(cluster)
        write(cluster, topics, [1, 2, FORGET])
        first = start(topics)
        eventually(lambda: topics.states() == {"A0": None})
        first.stop()
        write(cluster, topics, [3])
        start(topics)
        eventually(lambda: [output.count for output in topics.counted()] == [1, 2, 1])

    def test_what_cannot_be_read_goes_to_the_dead_letters_with_its_bytes_place_and_reason(
        self, cluster: Cluster, start: Start, group: str
    ) -> None:
        topics = Topics(cluster)
        cluster.append(topics.source, b"poison", b"A0")
        write(cluster, topics, range(3))
        start(topics)
        eventually(lambda: len(topics.counted()) == 3)
        (letter,) = eventually(lambda: one_letter(cluster, topics.source))
        headers = dict(letter.headers())
        assert (letter.key(), letter.value()) == (b"A0", b"poison")
        assert (headers["dlq_source_offset"], headers["dlq_consumer"]) == (b"0", group.encode())
        assert headers["dlq_reason"]
        eventually(lambda: cluster.committed(group, topics.source)[0] >= 4)

    def test_while_the_registry_is_away_nothing_is_skipped(self, cluster: Cluster, start: Start) -> None:
        topics = Topics(cluster)
        sent = write(cluster, topics, range(5))
        running = start(topics, registry_away=True)
        eventually(lambda: "transactions" in running.health.ready())
        sent += write(cluster, topics, range(5, 9))
        assert topics.counted() == []
        running.codec.registry_away = False
        eventually(lambda: len(topics.counted()) == 9)
        eventually(lambda: assert_exact(sent, topics))
        eventually(lambda: running.health.ready() == {})

    def test_a_defect_ends_the_worker_and_nothing_of_its_batch_is_seen(self, cluster: Cluster, start: Start) -> None:
        topics = Topics(cluster)

        def faulty(state: int | None, event: SeatTaken) -> tuple[int | None, Sequence[Counted]]:
            if event.number == 3:
                raise RuntimeError("a defect of the rule")
            return count(state, event)

        sent = write(cluster, topics, range(5))
        first = start(topics, transition=faulty)
        eventually(lambda: first.ended)
        assert isinstance(first.error, RuntimeError)
        before = topics.counted()
        assert [output.number for output in before] == list(range(len(before)))
        assert len(before) < 4
        start(topics)
        eventually(lambda: len(topics.counted()) == 5, within=30)
        eventually(lambda: assert_exact(sent, topics))

    def test_two_members_share_and_hand_over_exactly(self, cluster: Cluster, start: Start) -> None:
        topics = Topics(cluster, 4)
        sent = write(cluster, topics, range(40), seats=8)
        first = start(topics, 0)
        eventually(lambda: len(topics.counted()) == 40)
        second = start(topics, 1)
        eventually(lambda: len(second.runner._state.partitions) == 2, within=30)
        sent += write(cluster, topics, range(40, 80), seats=8)
        eventually(lambda: len(topics.counted()) == 80)
        eventually(lambda: first.health.ready() == second.health.ready() == {})
        eventually(lambda: assert_exact(sent, topics))

    def test_a_worker_whose_slot_was_taken_ends_with_an_error_and_nothing_is_counted_twice(self, cluster: Cluster, start: Start) -> None:
        topics = Topics(cluster)
        sent = write(cluster, topics, range(3))
        first = start(topics, 0)
        eventually(lambda: len(topics.counted()) == 3)
        start(topics, 0)
        sent += write(cluster, topics, range(3, 9))
        eventually(lambda: first.ended, within=20)
        assert isinstance(first.error, (KafkaException, TransactionInDoubtError))
        eventually(lambda: len(topics.counted()) == 9, within=30)
        eventually(lambda: assert_exact(sent, topics))


def write(cluster: Cluster, topics: Topics, numbers: Sequence[int], seats: int = 1) -> list[SeatTaken]:
    """Seats go round; each has its partition by its key."""
    codec = codec_of(topics.source)
    events = [seat_taken(number, f"A{number % seats if number > 0 else 0}") for number in numbers]
    for event in events:
        cluster.append(topics.source, codec.encode(event), event.seat.encode())
    return events
