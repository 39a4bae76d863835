"""Servers that refuse to run as root run as nobody where root starts them; what they need has to be theirs, or open to all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from infra.local.errors import StackError

_NOBODY = 65534


def as_nobody(*command: str) -> tuple[str, ...]:
    """The command, and where root would run it, as nobody."""
    if os.geteuid() != 0:
        return command
    return ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--", *command)


def give_to_nobody(server: str, own: Iterable[Path], used: Iterable[Path]) -> None:
    """Where root runs it, give the server its `own` folders with all that is in them, and see that it can enter these and the `used` ones.

    StackError names a folder that is closed to others.
    """
    if os.geteuid() != 0:
        return
    own = list(own)
    for folder in (*used, *own):
        _check_open(server, folder)
    for folder in own:
        for path in (folder, *folder.rglob("*")):
            if path.lstat().st_uid != _NOBODY:
                os.chown(path, _NOBODY, _NOBODY, follow_symlinks=False)


def _check_open(server: str, folder: Path) -> None:
    for parent in folder.parents if folder.stat().st_uid == _NOBODY else (folder, *folder.parents):
        if not parent.stat().st_mode & 0o001:
            raise StackError(
                f"Started by root, {server} runs as nobody, who cannot enter {parent}: set STACK_DIR and CACHE_DIR in .env "
                "to folders that are open to all users (a JDK in such a folder is set with JAVA_HOME), or run as an ordinary user."
            )
