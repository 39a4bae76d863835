"""What a run of faults showed: a table for people, a document for comparisons."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loadtests.document import write_document
from loadtests.machine import machine
from tests.chaos.breakable import Outcome
from tests.chaos.ledger import Finding


@dataclass(frozen=True)
class Result:
    """Of one run."""

    case: str
    seed: int
    variant: str
    """What was special about the stack: its state store, for example."""
    acknowledged: int
    repeats: int
    """Events sent again after their acknowledgement, with the same content or another."""
    calls_repeated: int
    longest_wait: float
    """Seconds until one batch was acknowledged."""
    twice_in_log: int
    faults_without_flow: int
    """Faults that happened when the last event had been sent already."""
    seconds: float
    outcomes: list[Outcome]
    findings: list[Finding]
    figures: Mapping[str, float] = field(default_factory=dict)
    """What else the case counted, by name."""

    @property
    def late(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if not outcome.kept]

    @property
    def kept(self) -> bool:
        """Nothing lost, doubled, different or out of order, and every part back within its bound."""
        return not self.findings and not self.late

    def document(self) -> dict[str, Any]:
        return {
            "machine": machine(),
            "case": self.case,
            "seed": self.seed,
            "variant": self.variant,
            "acknowledged": self.acknowledged,
            "repeated_events": self.repeats,
            "repeated_calls": self.calls_repeated,
            "longest_wait_seconds": round(self.longest_wait, 2),
            "twice_in_log": self.twice_in_log,
            "faults": len(self.outcomes),
            "faults_without_flow": self.faults_without_flow,
            "seconds": round(self.seconds, 1),
            "kept": self.kept,
            "findings": [str(finding) for finding in self.findings],
            "figures": dict(self.figures),
            "recoveries": [_recovery(outcome) for outcome in self.outcomes],
            "by_kind": _by_kind(self.outcomes),
        }


def _recovery(outcome: Outcome) -> dict[str, Any]:
    return {
        "at": round(outcome.at, 1),
        "target": outcome.fault.target,
        "kind": outcome.fault.kind.value,
        "process": outcome.process,
        "recovered_after": _rounded(outcome.recovered_after),
        "whole_after": _rounded(outcome.whole_after),
        "bound": outcome.bound,
        "beside": outcome.beside,
        "return_pause": _rounded(outcome.return_pause),
        "return_beside": outcome.return_beside,
        "deaf": outcome.deaf,
        "kept": outcome.kept,
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 2)


def _by_kind(outcomes: list[Outcome]) -> dict[str, dict[str, float]]:
    """Of those that no other fault was in the way of."""
    found: dict[str, list[float]] = {}
    for outcome in outcomes:
        if outcome.recovered_after is not None and not outcome.beside:
            found.setdefault(outcome.fault.kind.value, []).append(outcome.recovered_after)
    return {
        kind: {"count": len(times), "median": round(statistics.median(times), 2), "longest": round(max(times), 2)}
        for kind, times in sorted(found.items())
    }


def table(result: Result) -> str:
    """Recoveries by target, then the verdict."""
    lines = [f"{'target':<26} {'fault':<8} {'handles again':>14} {'bound':>6}  remarks"]
    for outcome in sorted(result.outcomes, key=lambda o: (o.fault.target, o.fault.kind)):
        took = "never" if outcome.recovered_after is None else f"{outcome.recovered_after:.1f} s"
        bound = f"{outcome.bound:g} s" if outcome.bound else ""
        remarks = [] if outcome.kept else ["IGNORES SIGTERM" if outcome.deaf else "TOO LATE"]
        if outcome.return_pause is not None:
            beside = f" (beside {', '.join(outcome.return_beside)})" if outcome.return_beside else ""
            remarks.append(f"its return {outcome.return_pause:.1f} s{beside}")
        if outcome.whole_after and outcome.fault.target in ("broker", "controller"):
            remarks.append(f"{outcome.process}, in sync after {outcome.whole_after:.1f} s")
        remarks += [f"beside {other}" for other in outcome.beside]
        lines.append(f"{outcome.fault.target:<26} {outcome.fault.kind:<8} {took:>14} {bound:>6}  {'; '.join(remarks)}")
    for kind, figures in _by_kind(result.outcomes).items():
        lines.append(
            f"{kind}: median {figures['median']:.1f} s, longest {figures['longest']:.1f} s of {figures['count']:.0f} that stood alone"
        )
    lines.append(
        f"{len(result.outcomes)} faults in {result.seconds:.0f} s (seed {result.seed}, {result.variant}); {result.acknowledged:,} events "
        f"acknowledged, {result.repeats:,} of them sent again, {result.calls_repeated:,} calls repeated, longest wait "
        f"{result.longest_wait:.1f} s; {result.twice_in_log:,} records stand twice in the log"
    )
    if result.figures:
        lines.append("; ".join(f"{name}: {figure:,}" for name, figure in result.figures.items()))
    lines += [f"WRONG  {finding}" for finding in result.findings]
    if not result.findings:
        lines.append("0 acknowledged events lost, 0 counted twice, every view equal to its recomputation, order by key kept")
    if result.faults_without_flow:
        lines.append(f"{result.faults_without_flow} faults came after the last event: more events, or a lower rate, cover them too")
    return "\n".join(lines)


def write(result: Result, folder: Path) -> Path:
    """One document a run."""
    path = folder / f"{result.variant}-{result.seed}.json"
    write_document(path, result.document())
    return path
