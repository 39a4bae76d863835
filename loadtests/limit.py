"""Steps of a rising rate until the thresholds are missed, and what reached its limit there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from loadtests.cpu import GENERATOR, OTHERS, Cores
from loadtests.window import Figures

FULL = 0.9
"""A core, or the machine, that is busy for so large a share of the time is at its limit: what comes now waits for it."""
FOREIGN_CORES = 0.2


@dataclass(frozen=True)
class Step:
    """One rate, held for a while."""

    rate: float
    seconds: float
    answered: int
    """Calls answered within these seconds; `figures` has those that were answered later too."""
    figures: dict[str, Figures]
    missed: tuple[str, ...]
    """In sentences; empty: the thresholds held."""
    reasons: dict[str, int]
    """Of errors, and how often each."""
    cores: Cores
    caught_up_seconds: float | None
    behind: dict[str, int]
    """Records that each consumer group had not handled when the last call was answered."""
    late_p99_ms: float
    """How late the generator itself was."""

    @property
    def achieved(self) -> float:
        """Calls answered a second."""
        return self.answered / self.seconds

    @property
    def held(self) -> bool:
        return not self.missed

    def summary(self) -> dict[str, Any]:
        return {
            "rate_per_second": self.rate,
            "seconds": self.seconds,
            "achieved_per_second": round(self.achieved, 1),
            "held": self.held,
            "missed": list(self.missed),
            "errors": self.reasons,
            "calls": {name: figures.summary() for name, figures in self.figures.items()},
            "cores": self.cores.summary(),
            "views_caught_up_seconds": self.caught_up_seconds and round(self.caught_up_seconds, 2),
            "records_behind_at_the_end": self.behind,
            "generator_late_p99_ms": round(self.late_p99_ms, 2),
        }


def rates(first: float, step: float, up_to: float) -> Iterator[float]:
    """`first`, then by `step`, until beyond `up_to`."""
    number = 0
    while (rate := first + number * step) <= up_to:
        yield rate
        number += 1


def climb(at: Callable[[float], Step], to: Iterable[float]) -> Iterator[Step]:
    """Each step as it is done. A rate that is missed is tried once more, since one pause of a JVM is no limit; missed again, it ends."""
    for rate in to:
        step = at(rate)
        yield step
        if not step.held:
            again = at(rate)
            yield again
            if not again.held:
                return


def limit(steps: Iterable[Step]) -> Step | None:
    """The highest that held; None where none did."""
    return max((step for step in steps if step.held), key=lambda step: step.rate, default=None)


def held_at(steps: Iterable[Step], rate: float) -> bool:
    """Whether one of the tries at a rate held."""
    return any(step.held for step in steps if step.rate == rate)


def disturbed(steps: Iterable[Step]) -> str | None:
    """A sentence where something else took cores in a step that was missed: then it tells less of the case."""
    foreign = max((step.cores.parts.get(OTHERS, 0.0) for step in steps if not step.held), default=0.0)
    if foreign < FOREIGN_CORES:
        return None
    return f"What is no part of the stack took up to {foreign:.2f} cores meanwhile: run it again on a quiet machine."


def bottleneck(step: Step) -> str:
    """In a sentence: what was at its limit in this step, judged by the processor; the largest parts with it."""
    cores = step.cores
    parts = ", ".join(f"{name} {used:.2f}" for name, used in list(cores.parts.items())[:4])
    full = [name for name, used in cores.busiest.items() if used >= FULL]
    services = sorted((name for name in full if name != GENERATOR), key=lambda name: -cores.busiest[name])
    if GENERATOR in full:
        return f"the load generator itself ({cores.busiest[GENERATOR]:.2f} of the one core that it can use): the case may take more"
    machine = f"{cores.machine:.2f} of {cores.available} cores were busy, the most in {parts}"
    if services:
        name = services[0]
        return f"{name}: one process of it was busy for {cores.busiest[name]:.2f} of a core, and one thread has no more; {machine}"
    if cores.machine >= FULL * cores.available:
        return f"the machine's cores: {machine}"
    return f"no core: {machine}; what was missed waited for something else"
