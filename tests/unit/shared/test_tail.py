"""The newest events of a topic, on a consumer that is given what the log holds."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from shared.consumer import tail as module
from shared.consumer.tail import KEPT, Tail
from shared.registry import RegistryUnavailableError
from tests.suites.events import SeatTaken, codec_of, seat_taken, topic_of

TOPIC = topic_of("cinema.seats")
CODEC = codec_of(TOPIC.name)


class NoMore(Exception):
    """The log has been read, and the test goes on."""


class Message:
    def __init__(self, value: bytes | None, at: int = 0, error: int | None = None) -> None:
        self.value = lambda: value
        self.timestamp = lambda: (1, at)
        self.error = lambda: None if error is None else KafkaError(error)


class Consumer:
    """A client that finds these partitions, from low to high, and reads these batches."""

    def __init__(self, watermarks: dict[int, tuple[int, int]], *batches: list[Message]) -> None:
        self.watermarks = watermarks
        self.batches = list(batches)
        self.assigned: dict[int, int] = {}
        self.closed = 0

    def list_topics(self, topic: str, timeout: float) -> Any:
        return SimpleNamespace(topics={topic: SimpleNamespace(partitions=self.watermarks)})

    def get_watermark_offsets(self, place: TopicPartition, timeout: float) -> tuple[int, int]:
        return self.watermarks[place.partition]

    def assign(self, places: list[TopicPartition]) -> None:
        self.assigned = {place.partition: place.offset for place in places}

    def consume(self, count: int, timeout: float) -> list[Message]:
        if not self.batches:
            raise NoMore
        return self.batches.pop(0)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def tail(monkeypatch: pytest.MonkeyPatch) -> Tail[SeatTaken]:
    monkeypatch.setattr(module, "threading", SimpleNamespace(Thread=lambda **_: SimpleNamespace(start=lambda: None)))
    return Tail(TOPIC, CODEC, {}, lambda event: event.seat)


def follow(tail: Tail[SeatTaken], consumer: Consumer, monkeypatch: pytest.MonkeyPatch, until: type[Exception] = NoMore) -> None:
    monkeypatch.setattr(module, "Consumer", lambda config: consumer)
    with pytest.raises(until):
        tail._follow()
    assert consumer.closed == 1


def taken(number: int, seat: str = "A1") -> Message:
    return Message(CODEC.encode(seat_taken(number, seat)), at=number)


def newest(tail: Tail[SeatTaken], limit: int = 10, seat: str = "A1") -> list[int]:
    return [event.number for event in tail.newest(seat, limit)]


def test_before_the_log_is_read_it_says_so(tail: Tail[SeatTaken], monkeypatch: pytest.MonkeyPatch) -> None:
    assert tail.check() == "cinema.seats is not read yet"
    assert newest(tail) == []
    follow(tail, Consumer({0: (0, 0)}), monkeypatch)
    assert tail.check() is None


def test_the_newest_of_a_kind_come_first_and_so_many(tail: Tail[SeatTaken], monkeypatch: pytest.MonkeyPatch) -> None:
    follow(tail, Consumer({0: (0, 4)}, [taken(1), taken(2, "B1"), taken(3)], [taken(4)]), monkeypatch)
    assert newest(tail) == [4, 3, 1]
    assert newest(tail, 2) == [4, 3]
    assert newest(tail, seat="B1") == [2]
    assert newest(tail, seat="C1") == []


def test_only_the_last_of_each_partition_are_read_at_the_start(tail: Tail[SeatTaken], monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = Consumer({0: (0, 0), 1: (0, KEPT + 5), 2: (7, 9), 3: (KEPT, 2 * KEPT - 1)})
    follow(tail, consumer, monkeypatch)
    assert consumer.assigned == {0: 0, 1: 5, 2: 7, 3: KEPT}


def test_partitions_that_are_read_one_after_another_are_told_in_the_order_of_time(
    tail: Tail[SeatTaken], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = [taken(number) for number in range(1, 9, 2)], [taken(number) for number in range(0, 8, 2)]
    follow(tail, Consumer({0: (0, 4), 1: (0, 4)}, first, second), monkeypatch)
    assert newest(tail, 5) == [7, 6, 5, 4, 3]


def test_no_more_are_kept_and_the_newest_are_never_dropped_for_older_ones(tail: Tail[SeatTaken], monkeypatch: pytest.MonkeyPatch) -> None:
    late, early = [taken(number) for number in range(KEPT, 2 * KEPT)], [taken(number) for number in range(KEPT)]
    follow(tail, Consumer({0: (0, KEPT), 1: (0, KEPT)}, late, early), monkeypatch)
    assert newest(tail, 5 * KEPT) == list(range(2 * KEPT - 1, KEPT - 1, -1))


def test_of_large_events_fewer_are_kept(tail: Tail[SeatTaken], monkeypatch: pytest.MonkeyPatch) -> None:
    records = [taken(number) for number in range(10)]
    monkeypatch.setattr(module, "KEPT_BYTES", sum(len(record.value() or b"") for record in records[-3:]))
    follow(tail, Consumer({0: (0, 10)}, records, [taken(10, "B1")]), monkeypatch)
    assert newest(tail) == [9, 8, 7]
    assert newest(tail, seat="B1") == [10]
    monkeypatch.setattr(module, "KEPT_BYTES", 1)
    follow(tail, Consumer({0: (0, 10)}, records), monkeypatch)
    assert newest(tail) == [9]


def test_those_of_one_moment_are_told_in_their_order_in_the_log(tail: Tail[SeatTaken], monkeypatch: pytest.MonkeyPatch) -> None:
    follow(tail, Consumer({0: (0, 3)}, [Message(CODEC.encode(seat_taken(number)), at=5) for number in (3, 1, 2)]), monkeypatch)
    assert newest(tail) == [2, 1, 3]


def test_what_cannot_be_read_is_left_out(tail: Tail[SeatTaken], monkeypatch: pytest.MonkeyPatch) -> None:
    follow(tail, Consumer({0: (0, 3)}, [taken(1), Message(b"nonsense"), Message(None), taken(2)]), monkeypatch)
    assert newest(tail) == [2, 1]


def test_who_begins_again_holds_nothing_twice(tail: Tail[SeatTaken], monkeypatch: pytest.MonkeyPatch) -> None:
    failed = Message(None, error=KafkaError._ALL_BROKERS_DOWN)
    follow(tail, Consumer({0: (0, 2)}, [taken(1), failed]), monkeypatch, KafkaException)
    follow(tail, Consumer({0: (0, 2)}, [taken(1), taken(2)]), monkeypatch)
    assert newest(tail) == [2, 1]


def test_while_the_registry_is_away_nothing_is_left_out(tail: Tail[SeatTaken], monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def decode(self, value: bytes | None) -> SeatTaken:
            raise RegistryUnavailableError("away")

    monkeypatch.setattr(tail, "_codec", Away())
    follow(tail, Consumer({0: (0, 1)}, [taken(1)]), monkeypatch, ConnectionError)


def test_whatever_interrupts_it_is_told_and_it_goes_on(tail: Tail[SeatTaken], monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        assert "_ALL_BROKERS_DOWN" in (tail.check() or "") or len(pauses) == 2
        if len(pauses) == 2:
            raise SystemExit

    broken = Consumer({0: (0, 1)}, [Message(None, error=KafkaError._ALL_BROKERS_DOWN)])
    consumers = [broken, Consumer({0: (0, 1)}, [taken(1)])]
    monkeypatch.setattr(module, "Consumer", lambda config: consumers.pop(0))
    # Of this module only: threads of other tests still sleep.
    monkeypatch.setattr(module, "time", SimpleNamespace(sleep=pause))
    with pytest.raises(SystemExit):
        tail._run()
    assert newest(tail) == [1]
