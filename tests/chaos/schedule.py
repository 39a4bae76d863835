"""Which faults happen, in which order: drawn from a seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    KILL = "kill -9"
    TERM = "SIGTERM"
    PAUSE = "SIGSTOP"
    """For longer than the session timeout, then SIGCONT."""
    AWAY = "away"
    """kill -9, and not started again for a while."""
    RESTART = "restart"
    """In order, as an operator does it."""


@dataclass(frozen=True)
class Target:
    """Something that can break. Of one group only one thing is broken at a time: what the group bears is one failure."""

    name: str
    kinds: tuple[Kind, ...]
    group: str


@dataclass(frozen=True)
class Fault:
    """One fault of the schedule."""

    target: str
    kind: Kind

    def __str__(self) -> str:
        return f"{self.kind} {self.target}"


def draw(targets: Sequence[Target], seed: int, count: int | None = None) -> list[Fault]:
    """Every kind of every target once, in an order that the seed gives; or `count` of them, each kind among them where they are enough."""
    chance = random.Random(seed)
    by_kind = {kind: [Fault(target.name, kind) for target in targets if kind in target.kinds] for kind in Kind}
    for faults in by_kind.values():
        chance.shuffle(faults)
    # Turn by turn of each kind, so that a short run has something of everything.
    longest = max((len(faults) for faults in by_kind.values()), default=0)
    chosen = [faults[turn] for turn in range(longest) for faults in by_kind.values() if turn < len(faults)][:count]
    chance.shuffle(chosen)
    return chosen


def draw_with(always: Sequence[Fault], targets: Sequence[Target], seed: int, count: int) -> list[Fault]:
    """`count` faults: those of `always` that the stack can have, and others that the seed gives, in an order that it gives."""
    possible = draw(targets, seed)
    chosen = [fault for fault in always if fault in possible][:count]
    # First those of a short run, which has every kind.
    others = dict.fromkeys(fault for fault in [*draw(targets, seed, count), *possible] if fault not in chosen)
    chosen += list(others)[: count - len(chosen)]
    random.Random(seed).shuffle(chosen)
    return chosen
