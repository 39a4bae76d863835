"""What a load test tells: a row for each step on the terminal; HTML, CSV and JSON in a folder that git ignores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gevent
from locust.env import Environment
from locust.html import get_html_report
from locust.stats import StatsCSVFileWriter, stats_history

from loadtests.document import RESULTS, write_document
from loadtests.limit import Step, bottleneck, disturbed, limit
from loadtests.window import PERCENTILES, TOTAL, Figures

CSV_FLUSH_SECONDS = 1.5
"""Locust writes its CSV files once a second."""
SHOWN_FROM_CORES = 0.005
MISSES_TOLD = 3


class Results:
    """From its making on, Locust's history is written; `write` ends that."""

    def __init__(self, environment: Environment, case: str, name: str) -> None:
        folder = RESULTS / case / "load"
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder.relative_to(RESULTS.parent)
        self._base = folder / name
        self._environment = environment
        self._csv = StatsCSVFileWriter(environment, [share / 100 for share in PERCENTILES], str(self._base), full_history=True)
        self._greenlets = [gevent.spawn(self._csv), gevent.spawn(stats_history, environment.runner)]

    def write(self, about: dict[str, Any], steps: Sequence[Step], never_made: Sequence[str]) -> None:
        gevent.sleep(CSV_FLUSH_SECONDS)
        gevent.killall(self._greenlets)
        self._csv.close_files()
        self._base.with_suffix(".html").write_text(get_html_report(self._environment, show_download_link=False))
        best = limit(steps)
        document = {
            **about,
            "limit_per_second": best.rate if best else None,
            "at_the_end": bottleneck(steps[-1]),
            "disturbed": disturbed(steps),
            "never_made": list(never_made),
            "steps": [step.summary() for step in steps],
        }
        write_document(self._base.with_suffix(".json"), document)


def print_step(step: Step, *, detailed: bool) -> None:
    """`detailed`: with a row for each call, and every miss."""
    width = max(map(len, step.figures)) if detailed else len(TOTAL)
    print(f"\n{step.rate:g} calls a second for {step.seconds:g} s: {step.achieved:.1f} answered a second")
    print(f"  {'':{width}} {'calls':>7} {'errors':>7}" + "".join(f"{f'p{share}':>9}" for share in PERCENTILES) + "  ms")
    for name, figures in step.figures.items():
        if detailed or name == TOTAL:
            print(f"  {name:{width}} {_row(figures)}")
    print(f"  the load generator was late by p99 {step.late_p99_ms:.1f} ms")
    behind = ", ".join(f"{group} {records:,}" for group, records in sorted(step.behind.items(), key=lambda item: -item[1])[:3])
    seconds = "not in time" if step.caught_up_seconds is None else f"after {step.caught_up_seconds:.1f} s"
    print(f"  views caught up {seconds}" + (f" (records behind at the end: {behind})" if behind else ""))
    cores = ", ".join(f"{name} {used:.2f}" for name, used in step.cores.parts.items() if used >= SHOWN_FROM_CORES)
    print(f"  {step.cores.machine:.2f} of {step.cores.available} cores busy: {cores}")
    for reason, count in step.reasons.items():
        print(f"  error  {count} x {reason}")
    told = len(step.missed) if detailed else MISSES_TOLD
    for sentence in step.missed[:told]:
        print(f"  MISSED  {sentence}")
    if more := step.missed[told:]:
        print(f"  and {len(more)} more, see the results")
    print("  held" if step.held else "  not held", flush=True)


def _row(figures: Figures) -> str:
    delays = "".join(f"{delay:>9.1f}" for delay in figures.percentiles.values())
    return f"{figures.count:>7} {figures.error_share:>7.2%}{delays}"


def print_verdict(step: Step, never_made: Sequence[str]) -> None:
    for sentence in never_made:
        print(f"  MISSED  {sentence}")
    missed = len(step.missed) + len(never_made)
    print("\nAll thresholds held." if not missed else f"\nThresholds missed: {missed}. {disturbed([step]) or ''}".rstrip())


def print_limit(steps: Sequence[Step], up_to: float) -> None:
    best, last = limit(steps), steps[-1]
    if best is None:
        print(f"\nNot even {steps[0].rate:g} calls a second held. At its limit is {bottleneck(last)}.")
    elif last.held:
        print(f"\nThe limit is above {best.rate:g} calls a second: raise --up-to {up_to:g}.")
    else:
        print(f"\nThe limit lies at {best.rate:g} calls a second. Above it, {bottleneck(last)}.")
    if note := disturbed(steps):
        print(note)
