"""One supervisord for a stack: its configuration, and the calls to it over its socket."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
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
from infra.local.processes import pid_folder
from infra.local.settings import MARKER, Paths

_LONGEST_SOCKET = 90
"""A socket's path has at most 107 bytes, and supervisor appends its pid while it makes it."""
_INHERITED = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
STOP_SECONDS = 30


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
        self.socket = _socket_path(paths)
        self._config = paths.config / "supervisord.conf"

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
        for folder in (self._paths.config / "programs", pid_folder(self._paths.stack), self._paths.logs, self.socket.parent):
            folder.mkdir(parents=True, exist_ok=True)
        for program in programs:
            self._write_script(program)
        _write_private(self._config, self.render(programs))
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
        return self._paths.logs / f"{name}.log"

    def _launch(self) -> None:
        self.socket.unlink(missing_ok=True)
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        environment[MARKER] = str(self._paths.stack)
        command = (sys.executable, "-m", "supervisor.supervisord", "-c", str(self._config))
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

    def _script(self, program: Program) -> Path:
        return self._paths.config / "programs" / f"{program.name}.sh"

    def _write_script(self, program: Program) -> None:
        _write_private(self._script(program), self._script_text(program))

    def _script_text(self, program: Program) -> str:
        return render_script(program, pid_folder(self._paths.stack) / f"{program.name}.pid")

    def render(self, programs: Sequence[Program]) -> str:
        """The text of supervisord.conf."""
        sections: list[dict[str, dict[str, object]]] = [
            {
                "unix_http_server": {"file": self.socket, "chmod": "0700"},
                "supervisord": {
                    "logfile": self._paths.logs / "supervisord.log",
                    "logfile_maxbytes": "5MB",
                    "logfile_backups": 1,
                    "pidfile": self._paths.run / "supervisord.pid",
                    "identifier": "kafka-case-studies",
                    "umask": "022",
                },
                "rpcinterface:supervisor": {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
            },
            {f"program:{program.name}": self._section(program) for program in programs},
        ]
        return "\n".join(
            f"[{title}]\n" + "".join(f"{key}={_literal(value)}\n" for key, value in values.items())
            for section in sections
            for title, values in section.items()
        )

    def _section(self, program: Program) -> dict[str, object]:
        digest = hashlib.sha256((self._script_text(program) + program.fingerprint).encode()).hexdigest()[:16]
        return {
            "command": f"/bin/sh {shlex.quote(str(self._script(program)))}",
            # Of no use to the program: supervisord restarts what has changed, and reads only this file.
            "environment": f'PROGRAM_FINGERPRINT="{digest}"',
            "directory": program.directory,
            "priority": program.tier,
            "autostart": "false",
            "autorestart": "true",
            "startsecs": 1,
            "startretries": 10,
            "stopwaitsecs": STOP_SECONDS,
            "stopasgroup": "false",
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": self.log(program.name),
            "stdout_logfile_maxbytes": "20MB",
            "stdout_logfile_backups": 2,
        }


_STOPPED = ("STOPPED", "EXITED", "FATAL", "UNKNOWN")


def render_script(program: Program, pid_file: Path) -> str:
    """A shell script that becomes the program: values of any kind are safe in it, and a person can run it by hand."""
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(program.environment.items()))
    # The 22nd field of stat is the start time: with it, a pid that was given to another process is not mistaken.
    record = f'echo "$$ $(cut -d " " -f 22 /proc/$$/stat)" > {shlex.quote(str(pid_file))}\n'
    return f"{record}{exports}cd {shlex.quote(str(program.directory))}\nexec {shlex.join(program.command)}\n"


def _literal(value: object) -> str:
    return str(value).replace("%", "%%")


def _write_private(path: Path, text: str) -> None:
    """Write what may hold a password, for the owner only."""
    path.touch(mode=0o600)
    path.write_text(text)


def _socket_path(paths: Paths) -> Path:
    path = paths.run / "supervisor.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET:
        return path
    short = hashlib.sha256(str(paths.stack).encode()).hexdigest()[:12]
    folder = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(folder) / f"kafka-case-studies-{short}" / "supervisor.sock"
