"""The environment of a running stack, for what the launcher does not start itself: replays, demos, measurements, tests.

The launcher writes the addresses of everything it runs to `stack.env` in the stack's folder; `use_stack_env` puts them into this process.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parents[1]


class NoStackError(LookupError):
    """No stack is known here; the message says how to start one."""


def default_stack_dir(environ: Mapping[str, str], root: Path = ROOT) -> Path:
    """The folder of this checkout's stack where STACK_DIR names none."""
    name = f"{root.name}-{hashlib.sha256(str(root).encode()).hexdigest()[:8]}"
    if os.geteuid() == 0:
        return Path("/var/lib/kafka-case-studies") / name
    return Path(environ.get("XDG_STATE_HOME") or "~/.local/state").expanduser() / "kafka-case-studies" / name


def use_stack_env(case: str) -> Path:
    """Load stack.env into os.environ, where what is set already wins; returns the file.

    Looks at STACK_ENV_FILE, then STACK_DIR (environment, then `.env`), then this checkout's own folder. Raises NoStackError.
    """
    user = {name: value for name, value in dotenv_values(ROOT / ".env", interpolate=False).items() if value} | os.environ
    chosen = user.get("STACK_DIR")
    folder = Path(chosen).expanduser() if chosen else default_stack_dir(user)
    path = Path(user.get("STACK_ENV_FILE") or folder / "stack.env")
    if not path.is_file():
        raise NoStackError(f"No stack runs here ({path} is missing): start one with 'make up-{case}', or name its file in STACK_ENV_FILE.")
    for name, value in dotenv_values(path, interpolate=False).items():
        os.environ.setdefault(name, value or "")
    return path
