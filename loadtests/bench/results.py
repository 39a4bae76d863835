"""What a benchmark tells: a table and its goals on the terminal, a JSON document, and a chart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from loadtests.bench.chart import chart
from loadtests.bench.comparison import Comparison, Figures
from loadtests.document import RESULTS, write_document


def print_table(comparison: Comparison, figures: Mapping[str, Figures]) -> None:
    reference = figures[comparison.reference or next(iter(figures))]
    width = max(map(len, figures))
    print(f"\n{comparison.title}")
    print(f"  {'':{width}} {'events/s':>11} {'(lowest - highest)':>23} {'ratio':>6} {'CPU us/event':>13} {'servers us':>11}")
    for name, f in figures.items():
        servers = f"{f.servers_us:.1f}" if f.servers_us else ""
        spread = f"({f.rates[0]:,.0f} - {f.rates[1]:,.0f})"
        print(f"  {name:{width}} {f.rate:>11,.0f} {spread:>23} {f.rate / reference.rate:>6.2f} {f.cpu_us:>13.1f} {servers:>11}")
    for goal in comparison.goals:
        bound = f"{'at most' if goal.at_most else 'at least'} {goal.bound:,g}"
        print(f"  {'kept    ' if goal.kept(figures) else 'NOT KEPT'} {goal.text}: {goal.value(figures):,.4g} ({bound})", flush=True)


def write(
    case: str, about: Mapping[str, Any], results: Mapping[str, tuple[Comparison, Mapping[str, Figures]]], name: str = "bench"
) -> Path:
    """`name`.json and `name`.svg; returns their folder."""
    folder = RESULTS / case / "bench"
    document = {
        **about,
        "comparisons": {name: _summary(comparison, figures) for name, (comparison, figures) in results.items()},
    }
    write_document(folder / f"{name}.json", document)
    (folder / f"{name}.svg").write_text(chart(results))
    return folder


def _summary(comparison: Comparison, figures: Mapping[str, Figures]) -> dict[str, Any]:
    reference = figures[comparison.reference or next(iter(figures))].rate
    return {
        "title": comparison.title,
        "competitors": {name: f.summary() | {"ratio": round(f.rate / reference, 3)} for name, f in figures.items()},
        "goals": [
            {"goal": goal.text, "value": round(goal.value(figures), 4), "bound": goal.bound, "kept": goal.kept(figures)}
            for goal in comparison.goals
        ],
    }
