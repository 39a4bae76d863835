"""A replica that has caught up holds all that the log held when it was asked to, transactions that were open included."""

from __future__ import annotations

from collections import deque
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from shared.registry import InMemorySchemaRegistry
from shared.serialization import AvroCodec
from shared.stores import StoreUnavailableError
from shared.streams import fresh_replica
from shared.streams.fresh_replica import FreshReplica
from shared.testing import InMemoryBroker, InMemoryDeadLetters
from shared.topics import Topic

SCHEMA = {"type": "record", "name": "SeatTaken", "fields": [{"name": "seat", "type": "string"}]}


class SeatTaken(msgspec.Struct, frozen=True):
    seat: str


SEATS = Topic("cinema.seats", SeatTaken, key="seat")


class Log:
    """One partition as a consumer on read_committed sees it: `end` is where the log ends, `stable` up to where it may be read."""

    def __init__(self) -> None:
        self.registry = InMemorySchemaRegistry()
        self.registry.register("cinema.seats-value", SCHEMA)
        self.codec = AvroCodec(SEATS, SCHEMA, self.registry)
        self.broker = InMemoryBroker()
        self.broker.create_topic("cinema.seats.dlq")
        self.end = 0
        self.away = False
        self.assigned = 0
        self.polls = 0
        self._coming: deque[Any] = deque()
        self._held: list[Any] = []
        self.seats: list[str] = []
        letters = InMemoryDeadLetters(self.broker, "test")
        self.replica = FreshReplica(SEATS, self.codec, self, self._ends, letters, lambda event: self.seats.append(event.seat))

    def write(self, value: bytes, *, committed: bool = True) -> None:
        message = Message(topic=SEATS.name, partition=0, offset=self.end, value=value)
        self.end += 1
        (self._coming if committed else self._held).append(message)

    def mark(self, *, commit: bool = True) -> None:
        """The end of a transaction: an offset without a record."""
        self.end += 1
        self._coming.extend(self._held if commit else [])
        self._held = []

    def _ends(self) -> dict[int, int]:
        if self.away:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        return {0: self.end}

    def assign(self, partitions: list[TopicPartition]) -> None:
        self.assigned += 1
        self._eof_sent = -1

    def poll(self, timeout: float) -> Any:
        self.polls += 1
        if self._coming:
            return self._coming.popleft()
        if not self._held and self._eof_sent < self.end:
            self._eof_sent = self.end
            return Message(topic=SEATS.name, partition=0, offset=self.end, error=KafkaError(KafkaError._PARTITION_EOF))
        return None

    def seat(self, name: str) -> bytes:
        return self.codec.encode(SeatTaken(name))


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    monkeypatch.setattr(fresh_replica, "PATIENCE_SECONDS", 0.05)
    return Log()


def test_an_empty_topic_is_caught_up_with(log: Log) -> None:
    log.replica.catch_up()
    assert log.seats == []


def test_all_that_was_in_the_log_is_read_and_later_only_what_is_new(log: Log) -> None:
    log.write(log.seat("A1"))
    log.replica.catch_up()
    log.write(log.seat("A2"))
    log.replica.catch_up()
    assert log.seats == ["A1", "A2"]
    assert log.assigned == 1


def test_where_nothing_is_new_nothing_is_waited_for(log: Log) -> None:
    log.write(log.seat("A1"))
    log.replica.catch_up()
    polls = log.polls
    log.replica.catch_up()
    assert log.polls == polls


def test_the_mark_of_a_transaction_is_reached_though_it_is_no_record(log: Log) -> None:
    log.write(log.seat("A1"))
    log.mark()
    log.replica.catch_up()
    assert log.seats == ["A1"]


def test_an_open_transaction_is_waited_for(log: Log) -> None:
    log.write(log.seat("A1"), committed=False)
    with pytest.raises(StoreUnavailableError, match="cannot be read"):
        log.replica.catch_up()
    log.mark()
    log.replica.catch_up()
    assert log.seats == ["A1"]


def test_what_was_aborted_is_passed_by(log: Log) -> None:
    log.write(log.seat("A1"), committed=False)
    log.mark(commit=False)
    log.replica.catch_up()
    assert log.seats == []


def test_while_the_cluster_is_away_it_says_so(log: Log) -> None:
    log.away = True
    with pytest.raises(StoreUnavailableError):
        log.replica.catch_up()


def test_what_cannot_be_read_goes_to_the_dead_letters_and_the_rest_is_read(log: Log) -> None:
    log.write(b"nonsense")
    log.write(log.seat("A2"))
    log.replica.catch_up()
    assert log.seats == ["A2"]
    assert [message.value() for message in log.broker.records("cinema.seats.dlq")] == [b"nonsense"]


def test_while_the_dead_letters_are_away_nothing_is_skipped(log: Log) -> None:
    log.write(b"nonsense")
    log.write(log.seat("A2"))
    log.broker.reachable = False
    with pytest.raises(StoreUnavailableError):
        log.replica.catch_up()
    log.broker.reachable = True
    log.replica.catch_up()
    assert log.seats == ["A2"]
    assert len(log.broker.records("cinema.seats.dlq")) == 1


class _Future:
    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def result(self, timeout: float) -> Any:
        if isinstance(self._answer, Exception):
            raise self._answer
        return self._answer


def test_after_a_refusal_the_ends_are_asked_for_by_a_client_that_knows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """librdkafka's admin client keeps the leaders' epochs that it knows, and on FENCED_LEADER_EPOCH asks again with the same."""
    epoch, made = 1, 0

    class Admin:
        def __init__(self, config: dict[str, Any]) -> None:
            nonlocal made
            made += 1
            self.epoch = 0

        def list_topics(self, topic: str, timeout: float) -> None:
            self.epoch = epoch

        def list_offsets(self, places: Any, **options: Any) -> dict[Any, Any]:
            fenced = KafkaException(KafkaError(KafkaError.FENCED_LEADER_EPOCH))
            return {place: _Future(SimpleNamespace(offset=7) if self.epoch == epoch else fenced) for place in places}

    monkeypatch.setattr(fresh_replica, "AdminClient", Admin)
    ends = fresh_replica.kafka_ends({}, "cinema.seats", 2)
    assert ends() == ends() == {0: 7, 1: 7}
    assert made == 1, "one client while it is answered"
    epoch = 2
    with pytest.raises(KafkaException):
        ends()
    assert ends() == {0: 7, 1: 7}


def test_the_answer_of_a_dead_leader_is_no_end_and_the_next_client_asks_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [-1001, 7]
    made: list[object] = []

    class Admin:
        def __init__(self, config: dict[str, Any]) -> None:
            made.append(self)

        def list_topics(self, topic: str, timeout: float) -> None:
            pass

        def list_offsets(self, places: dict[TopicPartition, Any], **_: Any) -> dict[TopicPartition, Any]:
            answer = SimpleNamespace(result=lambda timeout: SimpleNamespace(offset=answers.pop(0)))
            return dict.fromkeys(places, answer)

    monkeypatch.setattr(fresh_replica, "AdminClient", Admin)
    ends = fresh_replica.kafka_ends({}, SEATS.name, 1)
    with pytest.raises(KafkaException):
        ends()
    assert ends() == {0: 7}
    assert len(made) == 2
