"""What an evaluation tells: means with their intervals, paired differences, and whether the goals are reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loadtests.evaluation.measures import MEASURES
from loadtests.evaluation.statistics import Difference, Estimate, difference, estimate
from loadtests.evaluation.task import Values

WITHIN = 0.02


@dataclass(frozen=True)
class Goal:
    sentence: str
    reached: bool
    why: str


def estimates(values: Values, seed: int) -> dict[str, Estimate]:
    return {name: estimate(values[name], seed) for name in MEASURES}


def differences(system: Values, other: Values, seed: int) -> dict[str, Difference]:
    return {name: difference(system[name], other[name], seed) for name in MEASURES}


def as_good_as(name: str, found: Mapping[str, Difference]) -> Goal:
    """Each mean within WITHIN of the other's, in either direction: much better would be as suspicious."""
    return Goal(
        f"within {WITHIN:.0%} of {name}",
        all(abs(d.relative) <= WITHIN for d in found.values()),
        ", ".join(f"{measure} {d.relative:+.2%}" for measure, d in found.items()),
    )


def better_than(name: str, found: Mapping[str, Difference]) -> Goal:
    """Each mean above the other's. Where the interval of a difference holds 0, these data cannot tell more than that, and it is said."""
    told = {name: "" if d.above else ", not told apart by these data" for name, d in found.items()}
    verdicts = [f"{measure} {d.relative:+.1%} (p {d.p:.4f}{told[measure]})" for measure, d in found.items()]
    return Goal(f"above {name}", all(d.mean > 0 for d in found.values()), ", ".join(verdicts))


def table(systems: Mapping[str, Mapping[str, Estimate]]) -> str:
    """A row for each system: mean and interval of each measure."""
    width = max(map(len, systems)) + 2
    lines = [" " * width + "".join(f"{name:>26}" for name in MEASURES)]
    lines += [
        f"{name:{width}}" + "".join(f"{f'{e.mean:.4f} [{e.low:.4f}, {e.high:.4f}]':>26}" for e in found.values())
        for name, found in systems.items()
    ]
    return "\n".join(lines)


def differences_table(system: str, others: Mapping[str, Mapping[str, Difference]]) -> str:
    width = max(map(len, others)) + len(system) + 8
    lines = [
        f"{f'{system} minus {name}':{width}}" + "".join(f"{f'{d.mean:+.4f} [{d.low:+.4f}, {d.high:+.4f}]':>29}" for d in found.values())
        for name, found in others.items()
    ]
    return "\n".join(lines)


def rounded(found: Mapping[str, Estimate]) -> dict[str, Any]:
    return {name: one.rounded() for name, one in found.items()}
