"""When a batch is due, and what a rebalance leaves of it."""

from __future__ import annotations

import time
from typing import Any

from shared.consumer.batch import Batch
from shared.testing import InMemoryBroker


def messages(*partitions: int, size: int = 10) -> list[Any]:
    broker = InMemoryBroker()
    broker.create_topic("seats", 1 + max(partitions))
    for partition in partitions:
        broker.append("seats", b"x" * size, None, partition=partition)
    return broker.records("seats")


def is_due(batch: Batch) -> bool:
    return time.monotonic() >= batch.due_at


def test_it_is_due_once_it_has_enough_records_or_enough_bytes() -> None:
    batch = Batch(most=3, most_bytes=1000, fill_seconds=60)
    batch.start(messages(0, 0))
    assert (batch.room, is_due(batch)) == (1, False)
    batch.add(messages(0))
    assert (batch.room, is_due(batch)) == (0, True)
    batch.start(messages(0, size=500))
    assert not is_due(batch)
    batch.add(messages(0, size=500))
    assert is_due(batch)


def test_it_is_due_once_its_first_record_has_waited_and_later_ones_prolong_nothing() -> None:
    batch = Batch(most=100, most_bytes=1000, fill_seconds=60)
    before = time.monotonic()
    batch.start(messages(0))
    due_at = batch.due_at
    assert before + 60 <= due_at <= time.monotonic() + 60
    batch.add(messages(0))
    assert batch.due_at == due_at


def test_what_is_dropped_counts_no_more() -> None:
    batch = Batch(most=100, most_bytes=40, fill_seconds=60)
    batch.start(messages(0, 0, 1, 1))
    assert is_due(batch)
    batch.drop({("seats", 0)})
    assert [message.partition() for message in batch] == [1, 1]
    assert not is_due(batch)
    batch.add(messages(1, 1))
    assert is_due(batch)


def test_a_new_batch_is_not_taken_yet() -> None:
    batch = Batch(most=100, most_bytes=1000, fill_seconds=0)
    batch.start(messages(0))
    batch.taken = True
    batch.clear()
    assert not batch
    batch.start(messages(0))
    assert (batch.taken, is_due(batch)) == (False, True)
