"""Starts failed connectors again: python -m infra.connect.watch --url http://127.0.0.1:8083 --state FILE

Connect leaves a task that has failed as it is, for ever. This looks every two seconds, starts what has failed after a pause that grows,
says so, and gives up after a limit: then the connector stays FAILED and `make status` says why. What it did is in the state file.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx

from infra.connect.rest import Connect
from infra.connect.restarts import Policy, Restarts
from infra.local.health import PROBE_SECONDS

_LOOK_SECONDS = 2.0


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    watch(options.url, options.state, Policy(limit=options.limit), stop)
    return 0


def watch(url: str, state: Path, policy: Policy, stop: threading.Event, look_seconds: float = _LOOK_SECONDS) -> None:
    """Look and restart until `stop`. A Connect that is away is waited for: its own process is supervised."""
    restarts = Restarts.restored(policy, read_state(state))
    away = False
    with Connect(url, timeout=PROBE_SECONDS) as connect:
        while not stop.wait(look_seconds):
            try:
                _look(connect, restarts)
            except (httpx.HTTPError, KeyError, ValueError) as error:
                if not away:
                    _say(f"Kafka Connect does not answer: {error!r}")
                away = True
                continue
            if away:
                _say("Kafka Connect answers")
                away = False
            _write_state(state, restarts)


def _look(connect: Connect, restarts: Restarts) -> None:
    for action in restarts.look(connect.statuses(), time.time()):
        _say(f"{action.connector}: {action.text}")
        if action.restart:
            connect.restart(action.connector)


def read_state(path: Path) -> dict[str, Any]:
    """What the watcher did, by connector: restarts, in_a_row, given_up, reason. Empty where it has not looked yet."""
    with contextlib.suppress(OSError, ValueError):
        found: dict[str, Any] = json.loads(path.read_text())
        return found
    return {}


def _write_state(path: Path, restarts: Restarts) -> None:
    text = json.dumps(restarts.document(), indent=1)
    if path.exists() and path.read_text() == text:
        return
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


def _say(text: str) -> None:
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.connect.watch", description=__doc__)
    parser.add_argument("--url", required=True, help="Connect's REST interface")
    parser.add_argument("--state", required=True, type=Path, help="the file that tells what was done")
    parser.add_argument("--limit", type=int, default=Policy.limit, help="restarts in a row before a connector stays FAILED (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
