"""The processes of a stack, found by the marker that each inherits: their memory, and a sweep of those left behind."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from infra.local.settings import MARKER


def marked_processes(stack: Path) -> list[psutil.Process]:
    """Every process of this stack, whoever is its parent now, but for the caller and what started the caller.

    A process of another user is not seen by an ordinary user; nor was it started by one.
    """
    return list(_marked(f"{MARKER}={stack}".encode()))


def _marked(marker: bytes) -> Iterator[psutil.Process]:
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for pid in psutil.pids():
        if pid in own:
            continue
        # The file itself, and not psutil's dictionary of it: an environment may hold what cannot be decoded.
        with contextlib.suppress(OSError, psutil.Error):
            if marker in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                yield psutil.Process(pid)


def sweep(stack: Path, patience: float = 10.0) -> list[str]:
    """Stop every process of the stack: SIGTERM, and SIGKILL to what is left after `patience` seconds.

    Returns what was stopped, as `name (pid)`. Supervised programs restart when they die, so supervisord is to be gone first
    or among them: it is killed outright, since its children get their own signals.
    """
    found = marked_processes(stack)
    names = []
    for process in found:
        with contextlib.suppress(psutil.Error):
            name = _name(process)
            # psutil compares the start time first: a pid that was given to another process gets no signal.
            if name == "supervisord":
                process.kill()
            else:
                process.terminate()
            names.append(f"{name} ({process.pid})")
    _, alive = psutil.wait_procs(found, timeout=patience)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
    return names


def _name(process: psutil.Process) -> str:
    line = process.cmdline()
    if any(part.endswith("supervisord") or part == "supervisor.supervisord" for part in line[:3]):
        return "supervisord"
    return process.name()


def memory_bytes(pids: list[int]) -> int:
    """Proportional set size of the processes and their descendants: what is shared between them counts once in all."""
    family: dict[int, psutil.Process] = {}
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(pid)
            family.update({child.pid: child for child in (process, *process.children(recursive=True))})
    return sum(_pss(process) for process in family.values())


def _pss(process: psutil.Process) -> int:
    try:
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        return 0
    except OSError:
        with contextlib.suppress(psutil.Error):
            return int(process.memory_info().rss)
        return 0
