"""What a group has before it, of partitions that end with marks of transactions, or with records that were aborted; and dead leaders."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from shared.consumer import group_offsets
from shared.consumer.group_offsets import FIRST_STEP, LARGER, LATEST, GroupOffsets, after_last_records

PLACE, DERIVED = ("positions", 0), ("profiles", 0)
END = KafkaError._PARTITION_EOF


class Message:
    def __init__(self, place: tuple[str, int], offset: int, code: int | None = None) -> None:
        self.topic, self.partition, self.offset = lambda: place[0], lambda: place[1], lambda: offset
        self.error = lambda: None if code is None else KafkaError(code)


class Tail:
    """A consumer that is given these messages, and remembers where it began each time."""

    def __init__(self, *messages: Message) -> None:
        self.messages = list(messages)
        self.began: list[dict[tuple[str, int], int]] = []

    def assign(self, places: list[TopicPartition]) -> None:
        self.began.append({(place.topic, place.partition): place.offset for place in places})

    def unassign(self) -> None: ...

    def poll(self, timeout: float) -> Message | None:
        return self.messages.pop(0) if self.messages else None


def test_marks_of_transactions_at_the_end_of_a_partition_are_nothing_that_a_group_has_to_pass() -> None:
    tail = Tail(Message(PLACE, 997), Message(DERIVED, 3), Message(DERIVED, 4), Message(PLACE, 999, END), Message(DERIVED, 5))
    firsts = {PLACE: 0, DERIVED: 2, ("empty", 0): 7}
    assert after_last_records(tail, firsts, {PLACE: 999, DERIVED: 5, ("empty", 0): 7}) == {PLACE: 998, DERIVED: 5}
    assert tail.began == [{PLACE: 999 - FIRST_STEP, DERIVED: 2}]


def test_the_last_record_is_looked_for_as_far_back_as_there_was_none() -> None:
    tail = Tail(Message(PLACE, 999, END), Message(PLACE, 930), Message(PLACE, 999, END))
    assert after_last_records(tail, {PLACE: 0}, {PLACE: 999}) == {PLACE: 931}
    assert tail.began == [{PLACE: 999 - FIRST_STEP}, {PLACE: 999 - FIRST_STEP * LARGER}]


def test_a_partition_of_which_all_was_aborted_holds_no_record() -> None:
    tail = Tail(Message(PLACE, 20, END), Message(PLACE, 20, END))
    assert after_last_records(tail, {PLACE: 10}, {PLACE: 20}) == {}
    assert tail.began[-1] == {PLACE: 10}


@pytest.mark.parametrize("dead", [1, 2])
def test_an_answer_for_a_dead_leader_is_none_and_a_client_that_knows_nothing_is_asked(monkeypatch: pytest.MonkeyPatch, dead: int) -> None:
    made: list[int] = []

    class Admin:
        """As librdkafka's: -1001, and no error."""

        def __init__(self, config: dict[str, Any]) -> None:
            made.append(len(made))
            self.offset = -1001 if len(made) <= dead else 7

        def list_topics(self, timeout: float) -> Any:
            return SimpleNamespace(topics={})

        def list_offsets(self, asked: dict[TopicPartition, Any], **_: Any) -> dict[TopicPartition, Future[Any]]:
            answers: dict[TopicPartition, Future[Any]] = {place: Future() for place in asked}
            for answer in answers.values():
                answer.set_result(SimpleNamespace(offset=self.offset))
            return answers

    monkeypatch.setattr(group_offsets, "AdminClient", Admin)
    offsets = GroupOffsets({})
    if dead == 1:
        assert offsets.offsets([PLACE], LATEST) == {PLACE: 7}
    else:
        with pytest.raises(KafkaException, match="LEADER_NOT_AVAILABLE"):
            offsets.offsets([PLACE], LATEST)
    assert len(made) == 2
