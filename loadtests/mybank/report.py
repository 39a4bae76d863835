"""What was measured of MyBank: its figures, its bounds, and where they are written."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from loadtests.cpu import Cores
from loadtests.document import RESULTS, write_document
from loadtests.machine import machine
from loadtests.mybank.backlog import Settled
from loadtests.mybank.bookings import Committed
from loadtests.window import PERCENTILES, percentile

SHOWN_FROM_CORES = 0.005
SLICE_SECONDS = 10.0
FILE = RESULTS / "mybank" / "measure" / "measure.json"


class Bound(NamedTuple):
    text: str
    value: float | None
    """None, or not a number: it was not reached."""
    bound: float
    at_least: bool = False

    @property
    def kept(self) -> bool:
        if self.value is None or math.isnan(self.value):
            return False
        return self.value >= self.bound if self.at_least else self.value <= self.bound


class Found(NamedTuple):
    """Alerts, by transaction."""

    expected: int
    missing: int
    """On the stream or in the list."""
    twice: int
    unexpected: int

    @classmethod
    def of(cls, expected: set[int], streamed: Mapping[int, int], listed: Mapping[int, int]) -> Found:
        """`streamed` and `listed` say how often each came."""
        missing = sum(not (streamed.get(number) and listed.get(number)) for number in expected)
        there = streamed.keys() | listed.keys()
        twice = sum(max(streamed.get(number, 0), listed.get(number, 0)) > 1 for number in there)
        return cls(len(expected), missing, twice, len(there - expected))

    @property
    def bounds(self) -> list[Bound]:
        return [
            Bound("alerts that were expected", self.expected, 1, at_least=True),
            Bound("alerts missing, of all so far", self.missing, 0),
            Bound("alerts twice, of all so far", self.twice, 0),
            Bound("alerts unexpected, of all so far", self.unexpected, 0),
        ]


@dataclass(frozen=True)
class Part:
    """What became of one load."""

    name: str
    rate: float
    seconds: float
    committed: list[Committed]
    arrived: Mapping[int, list[float]]
    raised: Mapping[int, float]
    """Both by transaction."""
    found: Found
    settled: Settled
    cores: Cores

    @property
    def committed_rate(self) -> float:
        """From when the first was due to the last commit, which is never before the last was due."""
        return len(self.committed) / max(self.seconds, max(one.at for one in self.committed) - min(one.due for one in self.committed))

    @property
    def from_commit(self) -> dict[int, float]:
        """Percentiles of the delay from the commit to the stream, in ms; what never arrived counts as endless."""
        return self._percentiles([self._first(one) - one.at for one in self.committed if one.booking.large])

    @property
    def from_due(self) -> dict[int, float]:
        """As `from_commit`, from when the transaction was due."""
        return self._percentiles([self._first(one) - one.due for one in self.committed if one.booking.large])

    @property
    def commit(self) -> dict[int, float]:
        """Of the time that PostgreSQL took."""
        return self._percentiles([one.at - one.sent for one in self.committed])

    @property
    def late(self) -> dict[int, float]:
        """Of the time from when a transaction was due to when it was sent: this program, or no free connection."""
        return self._percentiles([one.sent - one.due for one in self.committed])

    @property
    def by_time(self) -> list[float]:
        """Medians of `from_commit` for each SLICE_SECONDS of the load: whether it was borne, or a backlog grew."""
        start = min(one.due for one in self.committed)
        slices: list[list[float]] = [[] for _ in range(math.ceil(self.seconds / SLICE_SECONDS))]
        for one in self.committed:
            if one.booking.large:
                slices[int((one.due - start) / SLICE_SECONDS)].append(self._first(one) - one.at)
        return [self._percentiles(each)[50] for each in slices]

    def _first(self, one: Committed) -> float:
        return min(self.arrived.get(one.transaction_id, [math.inf]))

    @staticmethod
    def _percentiles(seconds: list[float]) -> dict[int, float]:
        ordered = sorted(seconds)
        return {share: percentile(ordered, share) * 1000 for share in PERCENTILES}

    @property
    def delays(self) -> dict[str, dict[int, float]]:
        large = [one for one in self.committed if one.booking.large]
        judged = [self.raised.get(one.transaction_id, math.inf) - one.at for one in large]
        shown = [self._first(one) - self.raised[one.transaction_id] for one in large if one.transaction_id in self.raised]
        return {
            "commit -> stream": self.from_commit,
            "commit -> judged": self._percentiles(judged),
            "judged -> stream": self._percentiles(shown),
            "due -> stream": self.from_due,
            "commit": self.commit,
            "sent late by": self.late,
        }

    def summary(self, bounds: Sequence[Bound]) -> dict[str, Any]:
        delays = {
            name: {f"p{share}_ms": round(ms, 2) if math.isfinite(ms) else None for share, ms in each.items()}
            for name, each in self.delays.items()
        }
        return {
            "rate_per_second": self.rate,
            "seconds": self.seconds,
            "committed_per_second": round(self.committed_rate, 1),
            "delays": delays,
            "commit_to_stream_p50_ms_by_time": [_finite(ms) for ms in self.by_time],
            "alerts": self.found._asdict(),
            "settled": self.settled.__dict__,
            "cores": self.cores.summary(),
            "bounds": [bound._asdict() | {"value": _finite(bound.value), "kept": bound.kept} for bound in bounds],
        }


def _finite(value: float | None) -> float | None:
    """JSON has no number for what is endless."""
    return round(value, 2) if value is not None and math.isfinite(value) else None


def print_part(part: Part, bounds: Sequence[Bound]) -> None:
    print(f"\n{part.name}: {part.rate:g} transactions a second for {part.seconds:g} s, {part.committed_rate:.1f} committed a second")
    print(f"  {'':18}" + "".join(f"{f'p{share}':>9}" for share in PERCENTILES) + "  ms")
    for name, delays in part.delays.items():
        print(f"  {name:18}" + "".join(f"{delay:>9.1f}" for delay in delays.values()))
    print(f"  commit -> stream, p50 for each {SLICE_SECONDS:g} s: " + ", ".join(f"{ms:,.0f}" for ms in part.by_time))
    settled = part.settled
    behind = ", ".join(f"{group} {records:,}" for group, records in settled.behind_records.items())
    print(f"  after the last commit: slot {settled.behind_bytes / 1024:,.0f} KiB behind, passed after {_seconds(settled.slot_seconds)};")
    print(f"  then records behind: {behind or 'none'}; nothing left after {_seconds(settled.lag_seconds)}")
    cores = ", ".join(f"{name} {used:.2f}" for name, used in part.cores.parts.items() if used >= SHOWN_FROM_CORES)
    print(f"  {part.cores.machine:.2f} of {part.cores.available} cores busy: {cores}")
    for bound in bounds:
        value = "not reached" if bound.value is None else f"{bound.value:,.1f}"
        limit = f"{'at least' if bound.at_least else 'at most'} {bound.bound:,g}"
        print(f"  {'kept  ' if bound.kept else 'MISSED'} {bound.text}: {value} ({limit})")
    sys.stdout.flush()


def _seconds(seconds: float | None) -> str:
    return "not in time" if seconds is None else f"{seconds:.1f} s"


def write(parts: Sequence[tuple[Part, Sequence[Bound]]], about: Mapping[str, Any], file: Path = FILE) -> None:
    document = {
        "machine": machine(),
        **about,
        "parts": {part.name: part.summary(bounds) for part, bounds in parts},
    }
    write_document(file, document)
    print(f"\n{document['machine']['cpu']}, {document['machine']['cores']} cores; written to {file.relative_to(RESULTS.parent)}")
