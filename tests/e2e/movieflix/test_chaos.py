"""The short form of `make chaos-movieflix`: five faults while events flow, then nothing is lost, doubled, out of order or shown wrongly."""

from __future__ import annotations

import random
from functools import partial
from pathlib import Path

import pytest

from tests.chaos.movieflix.run import Plan, chaos
from tests.chaos.report import table
from tests.chaos.schedule import Fault, Kind, draw_with
from tests.conftest import Stack

ALWAYS = (Fault("controller", Kind.KILL), Fault("recommender", Kind.KILL), Fault("valkey", Kind.AWAY))


@pytest.mark.breaks_servers
@pytest.mark.timeout(600)
def test_five_faults_lose_nothing_and_double_nothing(breakable_stack: Stack) -> None:
    seed = random.SystemRandom().randrange(1_000_000)
    plan = Plan(seed=seed, run=f"{seed}", events=10_000, rate=150, store_away_seconds=8, choose=partial(draw_with, ALWAYS, count=5))
    result = chaos(plan, Path(breakable_stack.env["STACK_DIR"]))
    print(table(result))
    assert result.findings == []
    assert len(result.outcomes) == 5
    # No bound on the time: other tests' stacks run on slower machines, and `make chaos-movieflix` has one.
    assert [outcome for outcome in result.outcomes if outcome.recovered_after is None] == []
