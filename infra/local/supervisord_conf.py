"""The files from which supervisord starts programs: its configuration, and a shell script for each program."""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from infra.local.component import Program
from infra.local.errors import StackError
from infra.local.processes import pid_folder
from infra.local.settings import Paths

STOP_SECONDS = 30
_LONGEST_SOCKET = 90
"""A socket's path has at most 107 bytes, and supervisor appends its pid while it makes it."""


def configuration_path(paths: Paths) -> Path:
    return paths.config / "supervisord.conf"


def log_path(paths: Paths, name: str) -> Path:
    """Where a program's output goes."""
    return paths.logs / f"{name}.log"


def socket_path(paths: Paths) -> Path:
    """Where supervisord listens: in the stack's folder, or in one of its own below /tmp where that path is too long."""
    path = paths.run / "supervisor.sock"
    if len(os.fsencode(path)) <= _LONGEST_SOCKET:
        return path
    return Path("/tmp") / f"kafka-case-studies-{hashlib.sha256(os.fsencode(paths.stack)).hexdigest()[:12]}" / path.name


def write_configuration(paths: Paths, programs: Sequence[Program]) -> None:
    """Write supervisord.conf and the scripts, with the folders that they name; for the owner only, they may hold passwords."""
    for folder in (paths.config / "programs", pid_folder(paths.stack), paths.logs):
        folder.mkdir(parents=True, exist_ok=True)
    socket_folder = socket_path(paths).parent
    socket_folder.mkdir(mode=0o700, exist_ok=True)
    if socket_folder.stat().st_uid != os.geteuid():
        raise StackError(f"The folder {socket_folder} belongs to another user: set STACK_DIR in .env to a shorter path.")
    for program in programs:
        _write_private(_script_path(paths, program), render_script(paths, program))
    _write_private(configuration_path(paths), render_configuration(paths, programs))


def render_script(paths: Paths, program: Program) -> str:
    """A shell script that becomes the program: values of any kind are safe in it, and a person can run it by hand."""
    pid_file = shlex.quote(str(pid_folder(paths.stack) / f"{program.name}.pid"))
    # The 22nd field of stat is the start time: with it, a pid that was given to another process is not mistaken.
    record = f'echo "$$ $(cut -d " " -f 22 /proc/$$/stat)" > {pid_file}\n'
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(program.environment.items()))
    command = ("nice", "-n", str(program.nice), *program.command) if program.nice else program.command
    return f"{record}{exports}cd {shlex.quote(str(program.directory))}\nexec {shlex.join(command)}\n"


def render_configuration(paths: Paths, programs: Sequence[Program]) -> str:
    """The text of supervisord.conf. A program's section differs where anything about the program does.

    Each program is a group of its own: supervisord restarts whole groups when one program changes, and a component that
    joins must not restart the others.
    """
    sections: dict[str, dict[str, object]] = {
        "unix_http_server": {"file": socket_path(paths), "chmod": "0700"},
        "supervisord": {
            "logfile": paths.logs / "supervisord.log",
            "logfile_maxbytes": "5MB",
            "logfile_backups": 1,
            "pidfile": paths.run / "supervisord.pid",
            "identifier": "kafka-case-studies",
            "umask": "022",
        },
        "rpcinterface:supervisor": {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        **{f"program:{program.name}": _section(paths, program) for program in programs},
    }
    return "\n".join(
        f"[{title}]\n" + "".join(f"{key}={_literal(value)}\n" for key, value in values.items()) for title, values in sections.items()
    )


def _section(paths: Paths, program: Program) -> dict[str, object]:
    digest = hashlib.sha256((render_script(paths, program) + program.fingerprint).encode()).hexdigest()[:16]
    return {
        "command": f"/bin/sh {shlex.quote(str(_script_path(paths, program)))}",
        # Of no use to the program: supervisord restarts what has changed, and reads only this file.
        "environment": f'PROGRAM_FINGERPRINT="{digest}"',
        "directory": program.directory,
        "priority": program.tier,
        "autostart": "false",
        "autorestart": "true",
        "startsecs": 1,
        "startretries": 10,
        "stopwaitsecs": STOP_SECONDS,
        "stopsignal": program.stop_signal,
        "stopasgroup": "false",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": log_path(paths, program.name),
        "stdout_logfile_maxbytes": "20MB",
        "stdout_logfile_backups": 2,
    }


def _script_path(paths: Paths, program: Program) -> Path:
    return paths.config / "programs" / f"{program.name}.sh"


def _literal(value: object) -> str:
    return str(value).replace("%", "%%")


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)
