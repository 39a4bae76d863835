"""Killing a server as a crash does: by kill -9 of whoever listens on its port, on the tests' own stack only."""

from __future__ import annotations

import psutil

from tests.conftest import Stack


def listener(port: int) -> psutil.Process:
    """Raises LookupError where nobody listens."""
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
            return psutil.Process(connection.pid)
    raise LookupError(f"nobody listens on {port}")


def kill(stack: Stack, port: int) -> int:
    """kill -9; returns the pid. Supervisor starts it anew, which `restarted` waits for."""
    assert stack.own, "servers of a stack that others use are not killed"
    process = listener(port)
    process.kill()
    process.wait(10)
    return process.pid


def restarted(port: int, killed: int) -> bool:
    return listener(port).pid != killed
