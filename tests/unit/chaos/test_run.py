"""What the run of every case notes, with one part that breaks; and what a short run is held against."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from tests.chaos.breakable import Breakable, Outcome
from tests.chaos.ledger import Finding, Flaw
from tests.chaos.report import Result
from tests.chaos.run import Plan, Run
from tests.chaos.schedule import Fault, Kind, Target, draw
from tests.chaos.short import FAULTS, broken_promises, few_with

API = Target("api", (Kind.KILL, Kind.RESTART), "api")
PLAN = Plan(seed=7, rate=1, away_seconds=1, variant="memory", choose=draw)


class Processes:
    def __init__(self) -> None:
        self.killed: list[str] = []

    def kill(self, name: str) -> None:
        self.killed.append(name)

    restart = kill


@pytest.fixture
def processes() -> Any:
    return Processes()


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def run(processes: Any, said: list[str]) -> Run:
    return Run("films", PLAN, processes, said.append)


def whole(run: Run) -> Result:
    return run.result([], None, acknowledged=9, calls_repeated=1, longest_wait=0.5, twice_in_log=2)


def test_a_run_breaks_what_its_plan_draws_and_tells_it(run: Run, processes: Processes, said: list[str]) -> None:
    probed: list[str] = []
    breakable = Breakable(lambda: "api-1", lambda: lambda: not probed.append("api"), replicated=True)  # type: ignore[func-returns-value]
    run.warm_up([breakable.probe])
    assert (probed, processes.killed) == (["api"], [])
    run.break_parts([API], {"api": breakable}, lambda: None)
    assert processes.killed == ["api-1", "api-1"]
    assert said[0].startswith("2 faults, seed 7: ") and len(said) == 3
    result = whole(run)
    assert (result.case, result.seed, result.variant, result.acknowledged, result.figures) == ("films", 7, "memory", 9, {})
    assert [outcome.fault.target for outcome in result.outcomes] == ["api", "api"] and result.kept


def test_faults_that_began_when_the_flow_had_ended_are_counted(run: Run) -> None:
    before = time.monotonic()
    assert run.faults_after(before) == 0
    run.break_parts([API], {"api": Breakable(lambda: "api", lambda: lambda: True)}, lambda: None)
    assert run.faults_after(before) == 2
    assert run.faults_after(time.monotonic()) == 0
    assert run.faults_after(float("inf")) == 0


def test_a_run_that_has_nothing_to_go_on_with_ends(run: Run) -> None:
    def gone() -> None:
        raise ConnectionError("refused")

    with pytest.raises(ConnectionError):
        run.break_parts([API], {"api": Breakable(lambda: "api", lambda: lambda: True)}, gone)
    assert run.outcomes == []


def test_plans_without_a_seed_differ() -> None:
    anew = partial(Plan, rate=1, away_seconds=1, variant="", choose=draw)
    assert len({anew().run for _ in range(5)}) > 1
    assert PLAN.run == "7"


def test_a_short_run_always_has_what_matters_most() -> None:
    targets = [Target(name, tuple(Kind), name) for name in "abcdef"]
    always = [Fault("a", Kind.KILL), Fault("f", Kind.AWAY), Fault("not here", Kind.KILL)]
    faults = few_with(always)(targets, 3)
    assert len(faults) == FAULTS
    assert set(always[:2]) < set(faults)


def test_a_short_run_is_held_against_every_promise_but_the_bounds(run: Run) -> None:
    fault = Fault("api", Kind.KILL)
    sound = replace(whole(run), outcomes=[Outcome(fault, "api", 0.0, recovered_after=99.0, bound=11.0)] * FAULTS)
    assert not sound.kept and broken_promises(sound) == []
    lost = Finding("view", Flaw.LOST, 1, "e1")
    never = Outcome(fault, "api", 0.0)
    assert broken_promises(replace(sound, findings=[lost])) == [str(lost)]
    assert broken_promises(replace(sound, outcomes=[*sound.outcomes[1:], never])) == ["kill -9 api was not recovered from"]
    assert broken_promises(replace(sound, outcomes=sound.outcomes[1:])) == ["4 faults happened, not 5"]
