"""A competitor that is a process: started with its work waiting, watched until it is done, and measured in the middle of it."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import psutil

from loadtests.bench.comparison import BenchError, Sample

LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Command:
    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    core: int | None = None
    """The one core that it may use; any where it is None."""


class Running:
    """Processes of one competitor; what they say goes to a file that is shown where they fail."""

    def __init__(self, commands: Sequence[Command], folder: Path) -> None:
        self._log = Path(tempfile.mkstemp(suffix=".log", dir=folder)[1])
        self._name = commands[0].argv[-1]
        with self._log.open("wb") as log:
            self._processes = [self._start(command, log) for command in commands]

    def __str__(self) -> str:
        return self._name

    def _start(self, command: Command, log: object) -> psutil.Popen:
        cores = command.core
        return psutil.Popen(
            [*(("taskset", "-c", str(cores)) if cores is not None else ()), *command.argv],
            env=os.environ | command.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )

    def cpu_seconds(self) -> float:
        return sum(spent(process) for process in self._processes)

    def require_alive(self) -> None:
        for process in self._processes:
            if process.poll() is not None:
                tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])
                raise BenchError(f"{' '.join(map(str, process.args))} ended with {process.returncode}:\n{tail}")

    def stop(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self._processes:
            try:
                process.wait(20)
            except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
                process.kill()
                process.wait(5)


def spent(process: psutil.Process) -> float:
    """Processor seconds of a process and its children so far, those that have ended included: PostgreSQL has one for each connection."""
    total = 0.0
    for member in (process, *process.children(recursive=True)):
        times = member.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
    return total


@contextmanager
def running(commands: Sequence[Command], folder: Path) -> Iterator[Running]:
    processes = Running(commands, folder)
    try:
        yield processes
    finally:
        processes.stop()


def measure(
    commands: Sequence[Command],
    progress: Callable[[], float],
    total: float,
    folder: Path,
    *,
    warm_up: float = 0.2,
    servers: Callable[[], float] = lambda: 0.0,
    within: float = 240.0,
) -> Sample:
    """Run until `progress` tells `total` events; else as `watch`."""
    with running(commands, folder) as processes:
        return watch(processes, progress, total, warm_up=warm_up, servers=servers, within=within)


class Watched(Protocol):
    """What a competitor's processor time is taken from."""

    def cpu_seconds(self) -> float: ...
    def require_alive(self) -> None: ...


def watch(
    processes: Watched,
    progress: Callable[[], float],
    total: float,
    *,
    warm_up: float = 0.2,
    servers: Callable[[], float] = lambda: 0.0,
    within: float = 240.0,
) -> Sample:
    """Until `progress` tells `total` events of what runs already; measured from the share `warm_up` of them on.

    `servers` answers the processor seconds of the servers so far. Raises BenchError where it takes longer than `within` seconds.
    """
    deadline = time.monotonic() + within
    first: tuple[float, float, float, float] | None = None
    while True:
        processes.require_alive()
        now = (time.monotonic(), progress(), processes.cpu_seconds(), servers())
        if first is None and now[1] >= total * warm_up:
            if now[1] >= total:
                raise BenchError(f"{processes} did all {total:,.0f} events between two looks: it takes more of them to measure it")
            first = now
        if now[1] >= total * 0.995 and first is not None and now[1] > first[1]:
            events = now[1] - first[1]
            return Sample(events / (now[0] - first[0]), (now[2] - first[2]) / events * 1e6, (now[3] - first[3]) / events * 1e6)
        if now[0] > deadline:
            raise BenchError(f"{processes} did {now[1]:,.0f} of {total:,.0f} events in {within:g} s")
        time.sleep(LOOK_SECONDS)


def handled(*ports: int) -> Callable[[], float]:
    """What workers tell of themselves at /metrics: records handled; 0 while they do not answer."""

    def progress() -> float:
        return sum(_counter(port, "consumer_handled_total{") for port in ports)

    return progress


def _counter(port: int, prefix: str) -> float:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
    except (urllib.error.URLError, OSError):
        return 0.0
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(prefix))
