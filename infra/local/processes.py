"""The processes of a stack, whoever is their parent now: their memory, and a sweep of those left behind."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from infra.local.settings import MARKER


def marked_processes(stack: Path) -> list[psutil.Process]:
    """Every process of this stack but for the caller and what started the caller.

    Found by the marker that each inherits in its environment, and by the pid and start time that each program's script
    wrote, with all descendants: servers that set their own title overwrite their environment with it. A process of
    another user is not seen by an ordinary user; nor was it started by one.
    """
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = {process.pid: process for process in (*_marked(f"{MARKER}={stack}".encode()), *_recorded(stack))}
    return [process for pid, process in found.items() if pid not in own]


def _marked(marker: bytes) -> Iterator[psutil.Process]:
    for pid in psutil.pids():
        # The file itself, and not psutil's dictionary of it: an environment may hold what cannot be decoded.
        with contextlib.suppress(OSError, psutil.Error):
            if marker in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                yield psutil.Process(pid)


def _recorded(stack: Path) -> Iterator[psutil.Process]:
    for record in pid_folder(stack).glob("*.pid"):
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            pid, started = record.read_text().split()
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19] == started:
                process = psutil.Process(int(pid))
                yield process
                yield from process.children(recursive=True)


def pid_folder(stack: Path) -> Path:
    """Where each program's script writes its pid and the start time that the kernel gives it."""
    return stack / "run" / "pids"


def sweep(stack: Path, patience: float = 10.0) -> list[str]:
    """Stop every process of the stack: SIGTERM, and SIGKILL to what is left after `patience` seconds.

    supervisord goes first, outright, or it would start the others again; then services, while the servers that they
    say goodbye to still answer; then the rest. Returns what was stopped, as `name (pid)`.
    """
    found = marked_processes(stack)
    supervisors = [process for process in found if _is_supervisord(process)]
    services = [process for process in found if process not in supervisors and _is_service(process)]
    rest = [process for process in found if process not in (*supervisors, *services)]
    stopped = _stop(supervisors, 0) + _stop(services, patience) + _stop(rest, patience)
    return [f"{name} ({process.pid})" for process, name in stopped]


def _stop(processes: list[psutil.Process], patience: float) -> list[tuple[psutil.Process, str]]:
    stopped = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            # psutil compares the start time first: a pid that was given to another process gets no signal.
            stopped.append((process, process.name()))
            process.terminate() if patience else process.kill()
    _, alive = psutil.wait_procs(processes, timeout=patience)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
    return stopped


def _is_supervisord(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return "supervisor.supervisord" in process.cmdline()[:3]
    return False


def _is_service(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return "SERVICE_NAME" in process.environ()
    return False


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
