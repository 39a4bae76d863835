"""From speeds to a number of partitions and replicas."""

from __future__ import annotations

import re

import pytest

from infra.kafka.partition_advice import Rates, limited_by, partitions, replication
from infra.kafka.sample import LZ4_WINDOW, Sample, made_up
from infra.kafka.throughput import Cores

MB = 1e6
MEASURED = {1: Rates(20 * MB, 50 * MB), 2: Rates(30 * MB, 60 * MB), 4: Rates(45 * MB, 60 * MB)}


@pytest.mark.parametrize(
    ("target", "consumer", "number"),
    [
        (1, None, 1),
        (20, None, 2),  # 20 / 20 x 1.5
        (40, None, 3),  # exactly 3: nothing to round up
        (41, None, 4),
        (20, 5.0, 6),  # 20 / 5 x 1.5
        (20, 80.0, 2),  # a consumer is not faster than its reading
    ],
)
def test_the_slower_side_decides_with_head_room_rounded_up(target: float, consumer: float | None, number: int) -> None:
    assert partitions(target * MB, MEASURED, consumer and consumer * MB).number == number


def test_the_side_that_decides_is_named() -> None:
    assert "producing decides" in partitions(20 * MB, MEASURED).reasons[0]
    assert "consuming decides" in partitions(20 * MB, MEASURED, 5 * MB).reasons[0]


def test_where_one_partition_was_not_measured_the_fewest_count_by_partition() -> None:
    assert partitions(45 * MB, {3: Rates(90 * MB, 90 * MB)}).number == 3


def test_a_target_that_nothing_reached_is_told_and_not_answered_with_partitions() -> None:
    reasons = " ".join(partitions(60 * MB, MEASURED).reasons)
    assert "BEWARE: 60.0 MB/s were reached at no number of partitions, the most was 45.0 at 4" in reasons
    assert "BEWARE" not in " ".join(partitions(45 * MB, MEASURED).reasons)


def test_more_partitions_than_measured_are_told_as_an_assumption() -> None:
    few = {1: MEASURED[1], 2: Rates(40 * MB, 60 * MB)}
    assert "more than the 2 that were measured" in " ".join(partitions(40 * MB, few).reasons)
    assert "more than" not in " ".join(partitions(20 * MB, few, 5 * MB).reasons), "that many are for consumers"


@pytest.mark.parametrize(
    ("brokers", "min_in_sync", "number", "said"),
    [
        (1, 1, 1, "its death stops the topic"),
        (2, 1, 2, "set 2"),
        (3, 2, 3, r"loses nothing acknowledged \(min.insync.replicas=2\).*for 6 s.*lead 1/2 each with 2 brokers dead"),
        (3, 3, 3, "the death of any broker stops writing; 2 is usual"),
        (3, 1, 3, "may mean a single copy"),
        (9, 2, 3, "lead 1/8 each"),
    ],
)
def test_replicas_follow_the_brokers_at_hand_and_say_what_a_death_costs(brokers: int, min_in_sync: int, number: int, said: str) -> None:
    advice = replication(brokers, min_in_sync, 6.0, 20 * MB)
    assert advice.number == number
    assert re.search(said, " ".join(advice.reasons))


@pytest.mark.parametrize(
    ("cores", "said"),
    [
        (Cores(1.9, 0.9, 0.9, 0.95), "this tool: its Python thread"),
        (Cores(1.9, 1.3, 0.5, 0.3), "the CPU of this machine: brokers with cores of their own do more"),
        (Cores(1.9, 0.8, 0.5, 0.3), "of which other programs took much"),
        (Cores(0.9, 0.4, 0.4, 0.3), "waiting, not by CPU"),
    ],
)
def test_what_limited_a_measurement_is_told_from_the_cores_that_were_busy(cores: Cores, said: str) -> None:
    assert said in limited_by(cores, 2)


def test_few_records_that_come_again_within_a_batch_are_noticed() -> None:
    record = (b"k" * 24, b"v" * 1000)
    assert Sample((record,) * 10, "").repeats_within(1)
    assert Sample((record,) * 100, "").repeats_within(4)
    assert not Sample((record,) * (LZ4_WINDOW // 1024), "").repeats_within(1)


@pytest.mark.parametrize("size", [1, 16, 100, 1_000_000])
def test_records_that_are_made_up_have_the_size_that_was_asked_for(size: int) -> None:
    sample = made_up(size)
    assert set(sample.sizes) == {size}
    assert len(sample.records) >= 64
