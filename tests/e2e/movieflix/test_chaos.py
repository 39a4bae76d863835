"""The short form of `make chaos-movieflix`: five faults while events flow, then nothing is lost, doubled, out of order or shown wrongly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.movieflix.run import chaos
from tests.chaos.report import table
from tests.chaos.run import FlowPlan
from tests.chaos.schedule import Fault, Kind
from tests.chaos.short import broken_promises, few_with
from tests.conftest import Stack

ALWAYS = (Fault("controller", Kind.KILL), Fault("recommender", Kind.KILL), Fault("valkey", Kind.AWAY))


@pytest.mark.breaks_servers
@pytest.mark.timeout(600)
def test_five_faults_lose_nothing_and_double_nothing(breakable_stack: Stack) -> None:
    plan = FlowPlan(events=10_000, rate=150, away_seconds=8, variant="tests", choose=few_with(ALWAYS))
    result = chaos(plan, Path(breakable_stack.env["STACK_DIR"]))
    print(table(result))
    assert broken_promises(result) == []
