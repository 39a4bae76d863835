"""One supervisord for a stack: started, and spoken to over its socket."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from infra.local.component import Program
from infra.local.errors import StackError
from infra.local.logs import tail
from infra.local.settings import MARKER, Paths
from infra.local.supervisord_conf import STOP_SECONDS, configuration_path, log_path, socket_path, write_configuration

_INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
_STOPPED = ("STOPPED", "EXITED", "FATAL", "UNKNOWN")


@dataclass(frozen=True)
class ProcessState:
    """One process as supervisor sees it."""

    name: str
    state: str
    pid: int
    started: float
    detail: str

    @property
    def running(self) -> bool:
        return self.state in ("RUNNING", "STARTING")


class Supervisor:
    """The supervisord of one stack. Programs start only when `start` says so: the launcher keeps the order."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self.socket = socket_path(paths)

    @property
    def _rpc(self) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        return xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor

    def alive(self) -> bool:
        """Whether supervisord answers."""
        try:
            return bool(self._rpc.getState()["statecode"] == 1)
        except (OSError, xmlrpc.client.Error, ConnectionError):
            return False

    def apply(self, programs: Sequence[Program]) -> tuple[list[str], list[str]]:
        """Make supervisord know exactly these programs, starting it where it is not alive.

        What is known no longer is stopped, and what has changed is stopped too, to be started anew by `start`: returns the
        names of what has changed and of what was removed.
        """
        write_configuration(self._paths, programs)
        if not self.alive():
            self._launch()
            return [], []
        added, changed, removed = self._rpc.reloadConfig()[0]
        self.stop([*changed, *removed])
        for name in (*changed, *removed):
            self._rpc.removeProcessGroup(name)
        for name in (*added, *changed):
            self._rpc.addProcessGroup(name)
        return changed, removed

    def states(self) -> dict[str, ProcessState]:
        """Every known program by name; empty where supervisord is not alive."""
        try:
            found = self._rpc.getAllProcessInfo()
        except (OSError, xmlrpc.client.Error):
            return {}
        return {
            info["name"]: ProcessState(
                info["name"],
                info["statename"],
                info["pid"],
                float(info["start"]),
                info["spawnerr"] or info["description"],
            )
            for info in found
        }

    def start(self, names: Iterable[str]) -> list[str]:
        """Start those that do not run, without waiting; returns their names."""
        states = self.states()
        started = [name for name in names if not states[name].running]
        for name in started:
            try:
                self._rpc.startProcess(name, False)
            except xmlrpc.client.Fault as fault:
                # It may be on its way up again by itself.
                if "ALREADY_STARTED" not in fault.faultString:
                    raise StackError(f"{name} could not be started: {fault.faultString}.") from fault
        return started

    def stop(self, names: Iterable[str], deadline: float = STOP_SECONDS + 5) -> list[str]:
        """Stop those that run, all at once, and wait until none is left; returns their names."""
        wanted = set(names)
        stopping = [name for name, state in self.states().items() if name in wanted and state.state not in _STOPPED]
        for name in stopping:
            try:
                self._rpc.stopProcess(name, False)
            except xmlrpc.client.Fault as fault:
                if "NOT_RUNNING" not in fault.faultString:
                    raise
        until = time.monotonic() + deadline
        while time.monotonic() < until:
            states = self.states()
            if all(name not in states or states[name].state in _STOPPED for name in stopping):
                break
            time.sleep(0.1)
        return stopping

    def shutdown(self) -> None:
        """End supervisord and wait until its socket is gone (at most 10 s)."""
        self._rpc.shutdown()
        until = time.monotonic() + 10
        while self.alive() or (self.socket.exists() and time.monotonic() < until):
            time.sleep(0.05)

    def remove_traces(self) -> None:
        """Remove the socket and pid files of a supervisord that is gone."""
        self.socket.unlink(missing_ok=True)
        shutil.rmtree(self._paths.run, ignore_errors=True)
        if self.socket.parent != self._paths.run and self.socket.parent.is_dir():
            self.socket.parent.rmdir()

    def tiers(self) -> dict[str, int]:
        """The tier of every known program."""
        return {entry["name"]: entry["process_prio"] for entry in self._rpc.getAllConfigInfo()}

    def unexpected_exits(self) -> dict[str, int]:
        """How often each program ended by itself since supervisord started, from its log."""
        lines = tail(self._paths.logs / "supervisord.log", 10_000)
        starts = [number for number, line in enumerate(lines) if "supervisord started with pid" in line]
        found = re.findall(r" exited: (\S+) \(", "\n".join(lines[starts[-1] if starts else 0 :]))
        return {name: found.count(name) for name in set(found)}

    def log(self, name: str) -> Path:
        return log_path(self._paths, name)

    def _launch(self) -> None:
        self.socket.unlink(missing_ok=True)
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        environment[MARKER] = str(self._paths.stack)
        command = (sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration_path(self._paths)))
        done = subprocess.run(
            command,
            env=environment,
            cwd=self._paths.run,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        until = time.monotonic() + 10
        while not done.returncode and time.monotonic() < until:
            if self.alive():
                return
            time.sleep(0.05)
        log = self._paths.logs / "supervisord.log"
        raise StackError(f"supervisord did not start: {(done.stderr or done.stdout).strip()[-400:]} (its log: {log})")
