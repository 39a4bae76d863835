"""What a reset of offsets would do, and what is refused before a cluster is asked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from infra.kafka.group_members import Group, Member
from infra.kafka.groups import RefusedError
from infra.kafka.offsets_reset import refusal
from infra.kafka.reset_plan import Edge, Moment, Offset, Target, parse_target, plan

NOW = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
ONE, TWO = ("orders", 0), ("orders", 1)
COMMITTED, FIRSTS, ENDS = {ONE: 50, TWO: 7}, {ONE: 10, TWO: 0}, {ONE: 100, TWO: 7}


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("earliest", Edge(earliest=True)),
        ("latest", Edge(earliest=False)),
        ("0", Offset(0)),
        ("42", Offset(42)),
        ("2026-11-23T13:00:00Z", Moment(1_795_438_800_000)),
        ("2026-11-23t13:00:00.25z", Moment(1_795_438_800_250)),
        ("2026-11-23 15:00:00+02:00", Moment(1_795_438_800_000)),
        ("2026-11-23T13:00:00.009Z", Moment(1_795_438_800_009)),
        ("1970-01-01T00:00:00Z", Moment(0)),
    ],
)
def test_a_target_is_an_edge_an_offset_or_a_time_of_rfc_3339(text: str, target: Target) -> None:
    assert parse_target(text, NOW) == target


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "cannot be read: give earliest, latest, a time as"),
        ("Latest", "cannot be read"),
        ("-1", "cannot be read"),
        ("٣", "cannot be read"),
        ("yesterday", "cannot be read"),
        ("2026-11-23", "cannot be read"),
        ("2026-11-23T13:00:00", "cannot be read"),
        ("2026-02-30T13:00:00Z", "is no time"),
        ("2026-11-23T14:00:01Z", "lies 0:00:01 in the future"),
        ("1969-12-31T23:59:59.999Z", "lies before 1970: .* TO=earliest"),
        ("0001-01-01T00:00:00+23:59", "lies before 1970"),
        ("9" * 5000, "cannot be read"),
    ],
)
def test_what_is_no_target_is_refused_with_the_reason(text: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        parse_target(text, NOW)


def effects(target: Target, at_time: dict[tuple[str, int], int] | None = None) -> list[tuple[int, str]]:
    return [(move.then, move.effect) for move in plan(target, COMMITTED, FIRSTS, ENDS, at_time or {})]


def test_going_back_tells_what_is_read_again_and_going_on_what_is_skipped() -> None:
    assert effects(Edge(earliest=True)) == [(10, "40 to be read again"), (0, "7 to be read again")]
    assert effects(Edge(earliest=False)) == [(100, "50 skipped"), (7, "stays")]


def test_a_time_after_the_last_record_of_a_partition_means_its_end() -> None:
    assert effects(Moment(1), {ONE: 60, TWO: -1}) == [(60, "10 skipped"), (7, "stays")]


def test_records_that_retention_removed_are_neither_read_again_nor_skipped() -> None:
    moves = plan(Edge(earliest=True), {ONE: 3}, {ONE: 10}, {ONE: 100}, {})
    assert [move.effect for move in moves] == ["7 were gone already"]


def test_a_partition_that_was_never_committed_is_told_as_such() -> None:
    (move,) = plan(Offset(5), {}, {TWO: 0}, {TWO: 7}, {})
    assert (move.now, move.then) == (None, 5)
    assert "never committed" in move.effect


@pytest.mark.parametrize(("number", "said"), [(9, "partition 0: 10 to 100; partition 1: 0 to 7"), (8, "partition 1: 0 to 7"), (101, "100")])
def test_an_offset_outside_of_any_partitions_log_moves_nothing(number: int, said: str) -> None:
    with pytest.raises(RefusedError, match=f"The offset {number} is outside of the log .*{said}"):
        plan(Offset(number), COMMITTED, FIRSTS, ENDS, {})


def test_the_end_of_the_log_is_inside() -> None:
    assert [move.then for move in plan(Offset(7), COMMITTED, {ONE: 0, TWO: 0}, ENDS, {})] == [7, 7]


def test_members_are_named_with_the_command_that_stops_them() -> None:
    worker = Member("shop-worker-0", "10.0.0.7", None, ())
    said = refusal(Group("shop-worker", "stable", "range", "broker 1", (worker,)))
    assert "shop-worker-0 (10.0.0.7)" in said
    assert "stop them where they run" in said
    assert "static member" not in said
    static = Member("movieflix-resume-projector-0", "127.0.0.1", "movieflix-resume-projector-0", ())
    said = refusal(Group("movieflix-resume-projector", "stable", "range", "broker 1", (static,)))
    assert "make stop SERVICE=movieflix-resume-projector" in said
    assert "static member" in said
