"""Metrics by route, and the trace context of each request."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import metrics
from shared.envelope import new_trace_parent, trace_parent

_TRACE_PARENT_LENGTH = 55


class Observation:
    """ASGI middleware: `http_request_seconds`, and `traceparent` of the caller, or a new one, for what the request publishes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        trace_parent.set(_incoming(scope) or new_trace_parent())
        try:
            await self._app(scope, receive, watch)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            seconds = time.perf_counter() - started
            metrics.REQUEST_SECONDS.labels(scope["method"], route, status).observe(seconds)


def _incoming(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"traceparent" and len(value) == _TRACE_PARENT_LENGTH and value.isascii():
            return str(value, "ascii")
    return None
