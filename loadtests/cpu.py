"""The processor time that each part of a stack takes, and who else takes some."""

from __future__ import annotations

import contextlib
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from infra.local.processes import pid_folder

GENERATOR, OTHERS = "load generator", "others"
"""This program; and everything on the machine that is no part of the stack."""


@dataclass(frozen=True)
class Cores:
    """Cores that were busy, as a mean over a time: 1.0 is one core, all the time."""

    parts: dict[str, float]
    """Each component (the instances of one summed) and service by its name, GENERATOR, and OTHERS; the largest first."""
    busiest: dict[str, float]
    """The largest single process of each: what runs on one thread ends at 1.0, however many cores there are."""
    machine: float
    """All that was busy on this machine, of `available`."""
    available: int

    def summary(self) -> dict[str, Any]:
        return {
            "machine": round(self.machine, 3),
            "available": self.available,
            "parts": {name: round(cores, 3) for name, cores in self.parts.items()},
        }


class CpuMeter:
    """From `start` to `stop`. A process that was started anew between is counted from its start."""

    def __init__(self, stack: Path, case: str) -> None:
        self._stack = stack
        self._case = case

    def start(self) -> None:
        self._before = self._seconds()
        self._started, self._busy_before = time.perf_counter(), _busy_seconds()

    def stop(self) -> Cores:
        elapsed, busy = time.perf_counter() - self._started, _busy_seconds() - self._busy_before
        spent = {key: seconds - self._before.get(key, 0.0) for key, seconds in self._seconds().items()}
        parts: dict[str, float] = {}
        busiest: dict[str, float] = {}
        for (part, _), seconds in spent.items():
            parts[part] = parts.get(part, 0.0) + seconds / elapsed
            busiest[part] = max(busiest.get(part, 0.0), seconds / elapsed)
        machine = busy / elapsed
        parts[OTHERS] = max(0.0, machine - sum(parts.values()))
        return Cores(dict(sorted(parts.items(), key=lambda item: -item[1])), busiest, machine, psutil.cpu_count() or 1)

    def _seconds(self) -> dict[tuple[str, int], float]:
        """Processor seconds so far, by part and pid."""
        found = {(GENERATOR, os.getpid()): _spent(psutil.Process())}
        for record in pid_folder(self._stack).glob("*.pid"):
            with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
                process = psutil.Process(int(record.read_text().split()[0]))
                for member in (process, *process.children(recursive=True)):
                    found[part_name(record.stem, self._case), member.pid] = _spent(member)
        return found


def part_name(program: str, case: str) -> str:
    """`kafka-2` is part of kafka, `movieflix-recommender-1` of the recommender."""
    return re.sub(r"-\d+$", "", program.removeprefix(f"{case}-"))


def _spent(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0))
