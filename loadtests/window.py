"""What was measured between two moments of a load test: every delay, not a histogram of them."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

TOTAL = "total"
PERCENTILES = (50, 95, 99)


@dataclass
class Figures:
    """Of one call, or of all together. Delays in ms, NaN where there is none."""

    count: int
    errors: int
    percentiles: dict[int, float]

    @property
    def error_share(self) -> float:
        return self.errors / self.count if self.count else 0.0

    def summary(self) -> dict[str, Any]:
        delays = {f"p{share}_ms": round(delay, 2) for share, delay in self.percentiles.items() if self.count}
        return {"count": self.count, "errors": self.errors, **delays}


@dataclass
class Window:
    """Delays in ms by the call's name; that of a failed call counts too: who waits for a timeout has waited."""

    delays: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    """Of errors, in a sentence each."""
    late: list[float] = field(default_factory=list)
    """Ms from when a call was due to when the generator sent it: whether it is the generator that is at its limit."""

    def add(self, name: str, delay_ms: float, error: str | None) -> None:
        self.delays[name].append(delay_ms)
        if error is not None:
            self.errors[name] += 1
            self.reasons[f"{name}: {error}"] += 1

    def figures(self) -> dict[str, Figures]:
        """Of every call that was made, and TOTAL."""
        found = {name: _figures(delays, self.errors[name]) for name, delays in sorted(self.delays.items())}
        found[TOTAL] = _figures([delay for delays in self.delays.values() for delay in delays], self.errors.total())
        return found


def _figures(delays: Sequence[float], errors: int) -> Figures:
    ordered = sorted(delays)
    return Figures(len(ordered), errors, {share: percentile(ordered, share) for share in PERCENTILES})


def percentile(ordered: Sequence[float], share: int) -> float:
    """By nearest rank: a delay that occurred, and at least `share` % were no longer. NaN where there is none."""
    return ordered[max(0, math.ceil(share * len(ordered) / 100) - 1)] if ordered else math.nan
