"""Liveness and readiness, and the small HTTP server by which a worker shows them with its metrics."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

Check = Callable[[], str | None]
"""None where all is well, otherwise one sentence that says what is not. Must answer within a second or two."""


class Health:
    """What a service is asked by the launcher and by people.

    Live: the process works; where it does not, a restart helps. Ready: it does its work now, with all that it depends on.
    """

    def __init__(self) -> None:
        self._live: dict[str, Check] = {}
        self._ready: dict[str, Check] = {}

    def add_live(self, name: str, check: Check) -> None:
        self._live[name] = check

    def add_ready(self, name: str, check: Check) -> None:
        self._ready[name] = check

    def live(self) -> dict[str, str]:
        return _failures(self._live)

    def ready(self) -> dict[str, str]:
        """Empty where ready, otherwise the failed checks with their reasons."""
        return _failures(self._live | self._ready)


class Heartbeat:
    """A loop's sign of life: `beat()` on each turn; the check fails once none came for `limit_seconds`."""

    def __init__(self, limit_seconds: float) -> None:
        self._limit = limit_seconds
        self._last = time.monotonic()

    def beat(self) -> None:
        self._last = time.monotonic()

    def check(self) -> str | None:
        silent = time.monotonic() - self._last
        return f"no turn of the loop for {silent:.0f} s" if silent > self._limit else None


def _failures(checks: dict[str, Check]) -> dict[str, str]:
    failed = {}
    for name, check in checks.items():
        try:
            reason = check()
        except Exception as error:
            reason = repr(error)
        if reason:
            failed[name] = reason
    return failed


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = True


class _SilentHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # a probe every second is no news
        pass


def serve_health(health: Health, host: str, port: int) -> int:
    """Serve `/health/live`, `/health/ready` and `/metrics` from a daemon thread; returns the port (port 0: a free one).

    Call it once every check was added: before that, a worker would be called ready that has not begun.

    A thread of its own, so that a worker whose loop hangs still answers, and says so.
    """

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            start_response("200 OK", [("Content-Type", CONTENT_TYPE_LATEST)])
            return [generate_latest()]
        if path not in ("/health/live", "/health/ready"):
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"a worker answers /health/live, /health/ready and /metrics\n"]
        failures = health.live() if path == "/health/live" else health.ready()
        status = "503 Service Unavailable" if failures else "200 OK"
        start_response(status, [("Content-Type", "application/json")])
        return [health_body(failures)]

    server = make_server(host, port, application, _Server, _SilentHandler)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server.server_port


def health_body(failures: dict[str, str]) -> bytes:
    return json.dumps({"status": "fail" if failures else "pass", "reasons": failures}).encode()
