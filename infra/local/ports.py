"""Chooses ports, and says who holds one that is taken."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

from infra.local.errors import StackError
from infra.local.settings import Settings

HOST = "127.0.0.1"
_FREE_RANGE = (20000, 32000)
"""Below the ephemeral range of Linux: an outgoing connection never takes a port that was chosen."""


@dataclass(frozen=True)
class PortSpec:
    """A port that can be set by `variable`; the ports `base + offset` belong to it."""

    variable: str
    default: int
    offsets: tuple[int, ...] = (0,)


def resolve_ports(settings: Settings, specs: Iterable[PortSpec]) -> dict[str, int]:
    """The base port of each spec: what the user set, or its default; with free ports what the stack remembers, or a free one.

    Raises StackError where a setting is no port, or where two specs claim the same one.
    """
    chosen: dict[str, int] = {}
    claimed: dict[int, str] = {}
    for spec in specs:
        base = _free_base(settings, spec, claimed) if settings.free_ports else _set_base(settings, spec)
        for offset in spec.offsets:
            other = claimed.setdefault(base + offset, spec.variable)
            if other != spec.variable:
                raise StackError(f"Port {base + offset} is claimed by both {other} and {spec.variable}: set one of them in .env.")
        chosen[spec.variable] = base
    return chosen


def _set_base(settings: Settings, spec: PortSpec) -> int:
    text = settings.get(spec.variable, str(spec.default))
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536 - max(spec.offsets):
        raise StackError(f"{spec.variable}={text} is not a port number: set one from 1 to 65535 in .env.")
    return int(text)


def _free_base(settings: Settings, spec: PortSpec, claimed: dict[int, str]) -> int:
    remembered = settings.remembered.get(spec.variable, "")
    if remembered.isdigit():
        return int(remembered)
    for _ in range(1000):
        base = random.randrange(*_FREE_RANGE)
        wanted = [base + offset for offset in spec.offsets]
        if not claimed.keys() & set(wanted) and all(is_free(port) for port in wanted):
            return base
    raise StackError(f"No free port was found for {spec.variable}: stop some servers on this machine and try again.")


def is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do: a port in TIME_WAIT is free, one that somebody listens on is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def holder(port: int) -> str:
    """Who listens on the port, as ` by <name> (pid <n>)`; empty where the system does not show it to this user."""
    try:
        pid = holder_pid(port)
        return f" by {psutil.Process(pid).name()} (pid {pid})" if pid else ""
    except psutil.Error:
        return ""


def holder_pid(port: int) -> int | None:
    """Who listens on the port; None where nobody does, or the system does not show it to this user. Raises psutil.Error."""
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
            return int(connection.pid)
    return None
