"""Views have caught up once every group has passed what its topics held, and what became of that too."""

from __future__ import annotations

from collections.abc import Collection

from confluent_kafka import KafkaException

from loadtests.catch_up import GIVE_UP_SECONDS, wait_for_views
from shared.consumer.group_offsets import Place, Places

PLACE, DERIVED = ("positions", 0), ("profiles", 0)


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class GrowingLog:
    """`reader` handles ten records at each look and writes as many; `second` reads those. `idle` never committed."""

    def __init__(self, stuck: bool = False) -> None:
        self.offsets = {"reader": (PLACE, 0), "second": (DERIVED, 0)}
        self.lengths = {PLACE: 50, DERIVED: 0}
        self.stuck = stuck
        self.away = 0

    def committed(self, group: str) -> Places:
        if group == "idle":
            return {}
        place, offset = self.offsets[group]
        if not self.stuck:
            self.offsets[group] = (place, min(self.lengths[place], offset + 10))
            if group == "reader":
                self.lengths[DERIVED] = self.offsets[group][1]
        return {place: offset}

    def ends(self, places: Collection[Place]) -> Places:
        return {place: self.lengths[place] for place in places}


def test_readers_of_readers_are_waited_for_too() -> None:
    log, time = GrowingLog(), Time()
    found = wait_for_views(log, ["reader", "second", "idle"], time.clock, time.sleep)
    assert found.seconds == time.now > 0
    assert found.behind["reader"] > 0
    assert log.offsets == {"reader": (PLACE, 50), "second": (DERIVED, 50)}


def test_a_group_that_does_not_move_is_given_up_and_named() -> None:
    log, time = GrowingLog(stuck=True), Time()
    found = wait_for_views(log, ["reader", "second"], time.clock, time.sleep)
    assert found.seconds is None
    assert found.behind == {"reader": 50}
    assert GIVE_UP_SECONDS <= time.now < GIVE_UP_SECONDS + 1


def test_a_coordinator_that_moves_is_waited_for_and_not_taken_for_a_group_that_reads_nothing() -> None:
    class Moving(GrowingLog):
        def committed(self, group: str) -> Places:
            self.away += 1
            if self.away == 2:
                raise KafkaException("moving")
            return super().committed(group)

    log, time = Moving(), Time()
    assert wait_for_views(log, ["reader"], time.clock, time.sleep).seconds is not None
    assert log.offsets["reader"] == (PLACE, 50)
