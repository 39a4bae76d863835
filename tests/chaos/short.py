"""The short form of a run, which the tests have: a few faults, some of them in every run."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from tests.chaos.report import Result
from tests.chaos.run import Choose
from tests.chaos.schedule import Fault, draw_with

FAULTS = 5


def few_with(always: Sequence[Fault]) -> Choose:
    return partial(draw_with, always, count=FAULTS)


def broken_promises(result: Result) -> list[str]:
    """As sentences. Not the bounds of recovery: other tests' stacks run on slower machines, and `make chaos-<case>` has them."""
    broken = [str(finding) for finding in result.findings]
    broken += [f"{outcome.fault} was not recovered from" for outcome in result.outcomes if outcome.recovered_after is None]
    if len(result.outcomes) != FAULTS:
        broken.append(f"{len(result.outcomes)} faults happened, not {FAULTS}")
    return broken
