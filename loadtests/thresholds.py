"""The thresholds of a load test: read from a file beside it, and held against what was measured.

    calls:
      POST /v1/positions: {errors: 0, p50: 10, p95: 30, p99: 60}
    total: {errors: 0.001, p50: 10, p95: 50, p99: 100}
    caught_up_seconds: 5

`errors` is a share of all calls, the rest are ms. `caught_up_seconds` bounds how long the views take to catch up after the last call.
Every call has its line and every figure its bound: a line that is forgotten or misspelt would hold nothing, and nobody would notice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any

import yaml

from loadtests.window import PERCENTILES, TOTAL, Figures

FIGURES = ("errors", *(f"p{share}" for share in PERCENTILES))


class ThresholdsError(ValueError):
    """The file does not say what it must; the message says where."""


@dataclass(frozen=True)
class Bounds:
    """At most."""

    errors: float
    delays_ms: Mapping[int, float]


@dataclass(frozen=True)
class Thresholds:
    calls: Mapping[str, Bounds]
    total: Bounds
    caught_up_seconds: float

    def missed(self, figures: Mapping[str, Figures]) -> list[str]:
        """A sentence for each bound that was not kept, by how much, the worst first. Calls that were not made are `never_made`'s."""
        bounds = {**self.calls, TOTAL: self.total}
        found = [miss for name in figures if figures[name].count for miss in _missed(name, bounds[name], figures[name])]
        return [sentence for _, sentence in sorted(found, key=lambda miss: -miss[0])]

    def never_made(self, figures: Mapping[str, Figures]) -> list[str]:
        """A sentence for each call that has bounds and was never made: nothing is known of it."""
        return [f"{name}: never made, so its thresholds say nothing" for name in self.calls if name not in figures]

    def behind(self, seconds: float | None) -> list[str]:
        """A sentence where the views took longer than `caught_up_seconds`; None: they had not caught up when it was given up."""
        if seconds is None:
            return [f"views: not caught up when waiting ended, bound {self.caught_up_seconds:g} s"]
        if seconds > self.caught_up_seconds:
            return [f"views: caught up after {seconds:.1f} s, bound {self.caught_up_seconds:g} s"]
        return []


def _missed(name: str, bounds: Bounds, figures: Figures) -> Iterator[tuple[float, str]]:
    """By how many times, and in a sentence."""
    share = figures.error_share
    if share > bounds.errors:
        times = share / bounds.errors if bounds.errors else inf
        yield times, f"{name}: {figures.errors} of {figures.count} calls failed ({share:.2%}), bound {bounds.errors:.2%}"
    for percent, bound in bounds.delays_ms.items():
        delay = figures.percentiles[percent]
        if delay > bound:
            times = delay / bound if bound else inf
            yield times, f"{name}: p{percent} {delay:.1f} ms, bound {bound:g} ms ({times:.1f} times)"


def read_thresholds(path: Path, calls: Collection[str]) -> Thresholds:
    """For a test that makes `calls`. Raises ThresholdsError."""
    document = yaml.safe_load(path.read_text())
    try:
        return _thresholds(document, calls)
    except ThresholdsError as error:
        raise ThresholdsError(f"{path.name}: {error}") from None


def _thresholds(document: Any, calls: Collection[str]) -> Thresholds:
    _same("section", _mapping(document, "the file"), ("calls", "total", "caught_up_seconds"))
    lines = _mapping(document["calls"], "calls")
    _same("call", lines, calls)
    return Thresholds(
        {name: _bounds(name, lines[name]) for name in lines},
        _bounds("total", document["total"]),
        _number("caught_up_seconds", document["caught_up_seconds"]),
    )


def _bounds(name: str, line: Any) -> Bounds:
    figures = _mapping(line, name)
    _same(f"figure of {name}", figures, FIGURES)
    errors = _number(f"{name}: errors", figures["errors"])
    if errors >= 1:
        raise ThresholdsError(f"{name}: errors is a share below 1, not {errors:g}: it would allow every call to fail")
    return Bounds(errors, {share: _number(f"{name}: p{share}", figures[f"p{share}"]) for share in PERCENTILES})


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ThresholdsError(f"{what} must be a mapping")
    return value


def _same(what: str, found: Mapping[str, Any], wanted: Collection[str]) -> None:
    """Raises where a name is unknown, or missing."""
    for name in found:
        if name not in wanted:
            raise ThresholdsError(f"there is no {what} {name!r} (there are: {', '.join(wanted)})")
    for name in wanted:
        if name not in found:
            raise ThresholdsError(f"the {what} {name!r} is missing")


def _number(what: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < inf:
        raise ThresholdsError(f"{what} must be a number from 0 on, not {value!r}")
    return float(value)
