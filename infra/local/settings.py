"""Where the launcher keeps things and what the user has set: the environment, then `.env`, then what the stack remembers."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parents[2]
MARKER = "KAFKA_CASE_STUDIES_STACK"
"""Every supervised process inherits this variable, set to its stack's folder: so orphans are found without pid files."""
ENV_FILE = "STACK_ENV_FILE"
FREE_PORTS = "STACK_FREE_PORTS"


@dataclass(frozen=True)
class Paths:
    """The folders of one stack. `cache` outlives stacks and checkouts; everything under `stack` belongs to one of them."""

    root: Path
    cache: Path
    stack: Path

    @property
    def config(self) -> Path:
        return self.stack / "config"

    @property
    def data(self) -> Path:
        return self.stack / "data"

    @property
    def logs(self) -> Path:
        return self.stack / "logs"

    @property
    def run(self) -> Path:
        return self.stack / "run"

    @property
    def env_file(self) -> Path:
        return self.stack / "stack.env"


@dataclass(frozen=True)
class Settings:
    """What the user has set, before any component adds to it.

    `user` is `.env` overridden by the environment; `remembered` is what the last `up` of this stack wrote to stack.env.
    """

    paths: Paths
    user: Mapping[str, str]
    remembered: Mapping[str, str]
    free_ports: bool

    def get(self, name: str, default: str = "") -> str:
        return self.user.get(name) or default


def load_settings(
    stack_dir: str | None = None,
    *,
    free_ports: bool = False,
    root: Path = ROOT,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Resolve the folders and the user's settings. Reads `.env` and stack.env, writes nothing."""
    environment = _without_own_environment(dict(os.environ if environ is None else environ))
    user = {**read_env_file(root / ".env"), **environment}
    paths = Paths(root, _cache_dir(user), _stack_dir(stack_dir, user, root))
    remembered = read_env_file(paths.env_file)
    return Settings(paths, user, remembered, free_ports or remembered.get(FREE_PORTS) == "1")


def _without_own_environment(environment: dict[str, str]) -> dict[str, str]:
    """Drop what came from a stack.env.

    A load test that has loaded stack.env may call the launcher; the addresses in there would look as if the user had
    pointed the stack at servers of their own.
    """
    env_file = environment.pop(ENV_FILE, "")
    if not env_file:
        return environment
    own = read_env_file(Path(env_file))
    return {name: value for name, value in environment.items() if own.get(name) != value}


def read_env_file(path: Path) -> dict[str, str]:
    """The variables of a `.env` or stack.env; empty where there is none."""
    return {name: value for name, value in dotenv_values(path, interpolate=False).items() if value is not None}


def _is_root() -> bool:
    return os.geteuid() == 0


def _cache_dir(user: Mapping[str, str]) -> Path:
    if user.get("CACHE_DIR"):
        return Path(user["CACHE_DIR"]).expanduser().resolve()
    if _is_root():
        # What runs as nobody must read it: /root is closed to nobody.
        return Path("/var/cache/kafka-case-studies")
    return Path(user.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "kafka-case-studies"


def _stack_dir(option: str | None, user: Mapping[str, str], root: Path) -> Path:
    chosen = option or user.get("STACK_DIR")
    if chosen:
        return Path(chosen).expanduser().resolve()
    name = f"{root.name}-{hashlib.sha256(str(root).encode()).hexdigest()[:8]}"
    if _is_root():
        return Path("/var/lib/kafka-case-studies") / name
    return Path(user.get("XDG_STATE_HOME") or "~/.local/state").expanduser() / "kafka-case-studies" / name
