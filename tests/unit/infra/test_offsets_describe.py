"""What the table of a group tells, from offsets as a cluster gives them."""

from __future__ import annotations

from infra.kafka.group_members import Group, Member
from infra.kafka.offsets_describe import headline, notes, rows

ONE, TWO = ("orders", 0), ("orders", 1)
GROUP = Group("shop-sink", "stable", "range", "broker 2 (10.0.0.2:9092)", (Member("sink-0", "10.0.0.7", None, (ONE, TWO)),))


def test_each_partition_has_a_row_with_its_reader() -> None:
    found = rows(GROUP, [ONE, TWO], {ONE: 40}, {ONE: 50, TWO: 7}, {ONE: 9})
    assert found == [("orders", "0", "40", "50", "9", "sink-0 (10.0.0.7)"), ("orders", "1", "-", "7", "-", "sink-0 (10.0.0.7)")]


def test_the_headline_tells_state_members_and_coordinator() -> None:
    assert headline(GROUP) == "group shop-sink: stable, 1 member, assigned by range; its coordinator is broker 2 (10.0.0.2:9092)\n"
    assert "empty, no members;" in headline(Group("g", "empty", "", "broker 1", ()))


def test_a_place_that_retention_removed_and_a_transaction_that_is_open_are_told() -> None:
    said = notes({ONE: 3, TWO: 7}, {ONE: 10, TWO: 0}, {ONE: 50, TWO: 9}, {ONE: 50, TWO: 8})
    assert said == [
        "orders [0]: 3 is outside of the log (10 to 50): auto.offset.reset decides",
        "orders [1]: a transaction is open from 8 on; who reads committed records waits there",
    ]
    assert notes({ONE: 10}, {ONE: 10}, {ONE: 50}, {ONE: 50}) == []
