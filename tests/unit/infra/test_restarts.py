from __future__ import annotations

from itertools import pairwise

from infra.connect.rest import ConnectorStatus
from infra.connect.restarts import Policy, Restarts

POLICY = Policy(limit=3, first_pause=1, longest_pause=4, steady=60)
RUNS = [ConnectorStatus("orders", "RUNNING", ("RUNNING",))]
FAILED = [ConnectorStatus("orders", "RUNNING", ("FAILED",), "a.b.Error: no database")]
STARTING = [ConnectorStatus("orders", "RUNNING", ("UNASSIGNED",))]


def restart_times(restarts: Restarts, seconds: int) -> list[int]:
    """The seconds at which a connector that fails all the time is started again."""
    return [now for now in range(seconds) if any(action.restart for action in restarts.look(FAILED, now))]


def test_a_failed_task_is_told_then_started_again_after_a_pause() -> None:
    restarts = Restarts(POLICY)
    assert [action.text for action in restarts.look(FAILED, 0)] == ["failed: Error: no database"]
    assert restarts.look(FAILED, 0.5) == []
    (action,) = restarts.look(FAILED, 1)
    assert action.restart
    assert action.text == "restart 1 of at most 3 in a row"


def test_pauses_grow_up_to_the_longest_and_then_it_gives_up() -> None:
    restarts = Restarts(POLICY)
    times = restart_times(restarts, 600)
    assert len(times) == POLICY.limit
    # Each: its pause, and the look that found it failed.
    assert [later - earlier for earlier, later in pairwise(times)] == [3, 5]
    record = restarts.records["orders"]
    assert record.given_up
    assert (record.restarts, record.reason) == (3, "Error: no database")
    assert POLICY.pause(10) == 4


def test_giving_up_is_said_once() -> None:
    restarts = Restarts(POLICY)
    texts = [action.text for now in range(600) for action in restarts.look(FAILED, now)]
    assert texts.count("stays FAILED after 3 restarts in a row: Error: no database") == 1


def test_a_row_ends_when_it_ran_for_long_and_not_before() -> None:
    restarts = Restarts(POLICY)
    restart_times(restarts, 2)
    assert restarts.look(RUNS, 10) == []
    assert restarts.look(RUNS, 69) == []
    assert restarts.records["orders"].in_a_row == 1
    (action,) = restarts.look(RUNS, 70)
    assert action.text == "runs again for 60 s, after 1 restart(s)"
    assert (restarts.records["orders"].in_a_row, restarts.records["orders"].restarts) == (0, 1)


def test_one_that_runs_for_a_moment_between_failures_does_not_get_its_restarts_anew() -> None:
    restarts = Restarts(POLICY)
    now = 0
    while not restarts.records or not restarts.records["orders"].given_up:
        restarted = any(action.restart for action in restarts.look(FAILED, now))
        if restarted:
            restarts.look(RUNS, now + 1)
        now += 2
    assert restarts.records["orders"].restarts == POLICY.limit


def test_a_task_that_waits_for_a_worker_is_left_alone() -> None:
    restarts = Restarts(POLICY)
    assert [action for now in range(100) for action in restarts.look(STARTING, now)] == []


def test_what_somebody_else_started_again_is_watched_anew() -> None:
    restarts = Restarts(POLICY)
    restart_times(restarts, 600)
    assert [action.text for action in restarts.look(RUNS, 1000)] == ["somebody has started it again: it is watched as before"]
    assert not restarts.records["orders"].given_up
    restarts.look(FAILED, 2000)
    assert any(action.restart for action in restarts.look(FAILED, 2002))


def test_a_watcher_that_starts_anew_knows_how_often_it_restarted_and_tries_again() -> None:
    first = Restarts(POLICY)
    restart_times(first, 600)
    second = Restarts.restored(POLICY, first.document())
    assert second.records["orders"].restarts == 3
    assert len(restart_times(second, 600)) == POLICY.limit
