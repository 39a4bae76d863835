"""The processes of a stack, broken as crashes, restarts and frozen machines break them."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from infra.local.settings import load_settings
from infra.local.supervise import Supervisor

GONE_SECONDS = 40.0
"""Longer than supervisor's patience with a process that does not stop."""


class Processes:
    """By the names that the launcher gives them. Every call may block for as long as GONE_SECONDS."""

    def __init__(self, stack_dir: Path) -> None:
        self._supervisor = Supervisor(load_settings(str(stack_dir)).paths)
        self._paused: dict[str, list[psutil.Process]] = {}

    def names(self) -> list[str]:
        return sorted(self._supervisor.states())

    def kill(self, name: str) -> None:
        """kill -9; supervisor starts it anew. Returns when it is gone."""
        family = self._family(name)
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, GONE_SECONDS)

    def terminate(self, name: str) -> Callable[[], bool]:
        """SIGTERM; supervisor starts it anew. Returns at once; the answer tells whether the old process is gone."""
        process = self._family(name)[0]
        process.terminate()
        # psutil compares start times: another process with this pid is not taken for it.
        return lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE

    def pause(self, name: str) -> None:
        """SIGSTOP."""
        family = self._paused[name] = self._family(name)
        for process in family:
            process.suspend()

    def resume(self, name: str) -> None:
        """SIGCONT of what was paused; harmless where it is gone."""
        for process in self._paused.pop(name, ()):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()

    def take_away(self, name: str) -> None:
        """kill -9, and no restart until `bring_back`."""
        # Stopped first: so supervisor's SIGTERM, without which it would start the process anew, is never heard, and the death is sudden.
        self.pause(name)
        family = self._paused.pop(name)
        stopping = threading.Thread(target=self._supervisor.stop, args=([name],))
        stopping.start()
        deadline = time.monotonic() + GONE_SECONDS
        while self._supervisor.states()[name].running and time.monotonic() < deadline:
            time.sleep(0.02)
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, GONE_SECONDS)
        stopping.join(GONE_SECONDS)

    def bring_back(self, name: str) -> None:
        self._supervisor.start([name])

    def restart(self, name: str) -> None:
        """Stopped in order, as supervisor is told to stop it, and started anew. Returns when it is on its way."""
        self._supervisor.stop([name])
        self._supervisor.start([name])

    def heal(self) -> None:
        """Resume and start whatever is left broken, so that the stack can be used, or stopped in order."""
        for name in list(self._paused):
            self.resume(name)
        if self._supervisor.alive():
            self._supervisor.start(self.names())

    def _family(self, name: str) -> list[psutil.Process]:
        """The process, then its descendants; waits while supervisor is about to start it."""
        deadline = time.monotonic() + GONE_SECONDS
        while True:
            with contextlib.suppress(psutil.NoSuchProcess):
                pid = self._supervisor.states()[name].pid
                if pid:
                    process = psutil.Process(pid)
                    return [process, *process.children(recursive=True)]
            if time.monotonic() > deadline:
                raise LookupError(f"{name} does not run")
            time.sleep(0.05)
