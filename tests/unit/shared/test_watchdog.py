"""When the watchdog ends a worker, and when it does not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from shared.consumer.client import SESSION_TIMEOUT_MS
from shared.health import Health
from shared.streams import watchdog as module
from shared.streams.watchdog import EXIT_CODE, STALLED_SECONDS, STUCK_SECONDS, Watchdog


class Partition(NamedTuple):
    topic: str
    partition: int


PARTITION = Partition("test.source", 0)


class Worker:
    """A worker whose state a test sets, with a clock that it moves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: self.now))
        self.exits: list[int] = []
        self.end = 0
        consumer = SimpleNamespace(assignment=lambda: {PARTITION}, highwater=lambda _: self.end, _committed_offset={PARTITION: 0})
        self.recovered = True
        self.recovery = SimpleNamespace(
            completed=SimpleNamespace(is_set=lambda: self.recovered), active_offsets={PARTITION: 0}, standby_offsets={PARTITION: None}
        )
        self.app: Any = SimpleNamespace(
            started=True,
            rebalancing=False,
            agents={"test.source": None},
            consumer=consumer,
            tables=SimpleNamespace(recovery=self.recovery),
        )
        self.health = Health()
        self.watchdog = Watchdog(self.app, self.health, self.exits.append)

    def pass_time(self, seconds: float) -> None:
        """The loop turns twice a second."""
        for _ in range(int(seconds * 2)):
            self.now += 0.5
            self.watchdog.tick()


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Worker:
    return Worker(monkeypatch)


def test_a_worker_with_nothing_to_do_is_ready_and_left_alone(worker: Worker) -> None:
    worker.pass_time(10 * STUCK_SECONDS)
    assert worker.exits == [] and worker.health.ready() == {}


def test_a_worker_that_keeps_partitions_without_handling_their_records_is_ended(worker: Worker) -> None:
    worker.end = 5
    worker.pass_time(STALLED_SECONDS - 1)
    assert worker.exits == []
    worker.pass_time(2)
    assert worker.exits and set(worker.exits) == {EXIT_CODE}


def test_a_worker_that_handles_records_is_left_alone_however_far_behind(worker: Worker) -> None:
    worker.end = 50_000
    for _ in range(10):
        worker.watchdog.handled("test.source")
        worker.pass_time(STALLED_SECONDS / 2)
    assert worker.exits == []
    assert "50000 records behind" in worker.health.ready()["faust"]


def test_a_rebalance_without_end_is_ended(worker: Worker) -> None:
    worker.app.rebalancing = True
    worker.pass_time(STUCK_SECONDS + 2)
    assert worker.exits and worker.health.ready()["faust"] == "rebalancing"


def test_a_long_recovery_that_advances_is_left_alone(worker: Worker) -> None:
    worker.recovered = False
    for offset in range(10):
        worker.recovery.active_offsets[PARTITION] = offset
        worker.pass_time(STUCK_SECONDS / 2)
    assert worker.exits == []
    for offset in range(10):
        worker.recovery.standby_offsets[PARTITION] = offset
        worker.pass_time(STUCK_SECONDS / 2)
    assert worker.exits == []


def test_a_worker_that_has_just_become_ready_after_a_slow_recovery_gets_its_time_to_begin(worker: Worker) -> None:
    worker.end = 5
    worker.recovered = False
    worker.pass_time(STALLED_SECONDS + 4)
    worker.recovered = True
    worker.pass_time(STALLED_SECONDS - 1)
    assert worker.exits == []
    worker.pass_time(2)
    assert worker.exits


def test_a_process_that_slept_longer_than_its_session_ends_before_it_writes(worker: Worker) -> None:
    worker.pass_time(1)
    worker.watchdog.fence()
    assert worker.exits == []
    worker.now += SESSION_TIMEOUT_MS / 1000 + 1
    worker.watchdog.fence()
    assert worker.exits == [EXIT_CODE]


def test_a_hanging_loop_is_no_longer_live(worker: Worker) -> None:
    worker.pass_time(1)
    assert worker.health.live() == {}
    worker.now += STUCK_SECONDS + 1
    assert "hangs" in worker.health.live()["event_loop"]
