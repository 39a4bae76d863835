"""A server under test on one core, the generator on another, and what came out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from loadtests.bench.comparison import BenchError, Competitor, Sample
from loadtests.bench.http_load import LENGTH
from loadtests.bench.process import Command, running

WARM_UP_SECONDS, SECONDS = 2.0, 4.0
START_SECONDS = 60.0


def request(method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = MappingProxyType({})) -> bytes:
    fields = {"host": "127.0.0.1", "content-type": "application/json", "content-length": str(len(body)), **headers}
    return "\r\n".join([f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]).encode() + body


def server_and_generator() -> tuple[int | None, int | None]:
    """A core for each, so that they do not take turns; none where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return (cores[0], cores[1]) if len(cores) > 1 else (None, None)


def http(
    command: Callable[[], tuple[Command, int]],
    requests: Sequence[bytes],
    folder: Path,
    *,
    status: int,
    connections: int,
    events: int = 1,
    servers: Callable[[], float] = lambda: 0.0,
) -> Competitor:
    """`command` makes the server's command and the port it will listen on; `events` is how many each request carries."""

    def run(_round: int) -> Sample:
        made, port = command()
        with running([made], folder) as server:
            _wait(port, server.require_alive)
            generator = _generator(port, connections, status)
            assert generator.stdin is not None and generator.stdout is not None
            try:
                generator.stdin.write(b"".join(LENGTH.pack(len(one)) + one for one in requests))
                generator.stdin.close()
                generator.stdout.readline()  # the warm-up is over
                cpu, behind = server.cpu_seconds(), servers()
                outcome = json.loads(generator.stdout.readline() or b"{}")
                cpu, behind = server.cpu_seconds() - cpu, servers() - behind
            finally:
                generator.kill()
                generator.wait(5)
        if not outcome.get("answers") or outcome["others"]:
            raise BenchError(f"{made.argv[-1]} on {port}: {outcome.get('answers')} answers with {status}, and {outcome.get('others')}")
        done = outcome["answers"] * events
        return Sample(done / outcome["seconds"], cpu / done * 1e6, behind / done * 1e6)

    return run


def _generator(port: int, connections: int, status: int) -> subprocess.Popen[bytes]:
    _, core = server_and_generator()
    argv = [sys.executable, "-m", "loadtests.bench.http_load", str(port), str(connections), str(WARM_UP_SECONDS), str(SECONDS), str(status)]
    pinned = ["taskset", "-c", str(core), *argv] if core is not None else argv
    return subprocess.Popen(pinned, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _wait(port: int, require_alive: Callable[[], None]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        require_alive()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
                return
        except (urllib.error.URLError, OSError) as error:
            if time.monotonic() > deadline:
                raise BenchError(f"the server on {port} is not ready after {START_SECONDS:g} s: {error}") from error
        time.sleep(0.1)
