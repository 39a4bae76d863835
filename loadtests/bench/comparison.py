"""A comparison: competitors that take turns round by round, and goals that the medians are held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Sample:
    """One turn of one competitor."""

    rate: float
    """Events a second."""
    cpu_us: float
    """Processor time of the competitor's own processes for an event, in microseconds."""
    servers_us: float = 0.0
    """The same of the servers behind it (brokers and stores), where they were measured."""


@dataclass(frozen=True)
class Figures:
    """Medians of a competitor's rounds; `rates` is their spread, lowest and highest."""

    rate: float
    cpu_us: float
    servers_us: float
    rates: tuple[float, float]
    rounds: int

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> Figures:
        rates = [sample.rate for sample in samples]
        return cls(
            median(rates),
            median(sample.cpu_us for sample in samples),
            median(sample.servers_us for sample in samples),
            (min(rates), max(rates)),
            len(samples),
        )

    def summary(self) -> dict[str, Any]:
        return {
            "events_per_second": round(self.rate, 1),
            "lowest": round(self.rates[0], 1),
            "highest": round(self.rates[1], 1),
            "cpu_us_per_event": round(self.cpu_us, 2),
            "servers_cpu_us_per_event": round(self.servers_us, 2),
            "rounds": self.rounds,
        }


@dataclass(frozen=True)
class Goal:
    """A bound on what is computed of the medians. `at_most` where less is better."""

    text: str
    value: Callable[[Mapping[str, Figures]], float]
    bound: float
    at_most: bool = False

    def kept(self, figures: Mapping[str, Figures]) -> bool:
        value = self.value(figures)
        return value <= self.bound if self.at_most else value >= self.bound


Competitor = Callable[[int], Sample]
"""One turn; its argument is the number of the round. Raises BenchError where there is nothing to measure."""


@dataclass(frozen=True)
class Comparison:
    name: str
    title: str
    competitors: Mapping[str, Competitor]
    goals: Sequence[Goal] = ()
    reference: str = ""
    """The competitor that ratios are of; the first where none is named."""
    ours: Sequence[str] = ()
    """Competitors that are the product: dark in the chart."""


class BenchError(Exception):
    """One sentence on why a competitor could not be measured."""


def take_turns(comparison: Comparison, rounds: int, say: Callable[[str], None]) -> dict[str, Figures]:
    """Every competitor once in each round; who begins changes from round to round.

    Before the first round there is a turn that does not count: servers that were just started cost a multiple until their JVMs have
    compiled, which the first competitor would pay.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in comparison.competitors}
    names = list(comparison.competitors)
    comparison.competitors[names[0]](-1)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            sample = comparison.competitors[name](number)
            samples[name].append(sample)
            say(f"  {comparison.name} {number + 1}/{rounds}  {name:32} {sample.rate:>10,.0f}/s {sample.cpu_us:>9.1f} us")
    return {name: Figures.of(taken) for name, taken in samples.items()}


def share(name: str, *of: str) -> Callable[[Mapping[str, Figures]], float]:
    """The rate of `name` as a share of the slowest of the others."""
    return lambda figures: figures[name].rate / min(figures[other].rate for other in of)
