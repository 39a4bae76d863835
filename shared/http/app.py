"""One way to make and to serve an HTTP service."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from types import FrameType
from typing import Any

import msgspec
import uvicorn
from fastapi import FastAPI, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp

from shared.health import Health, health_body
from shared.http.body_limit import BodyLimit
from shared.http.events import end_streams
from shared.http.observation import Observation
from shared.http.problems import install_problems
from shared.logging import configure_logging
from shared.settings import ServiceSettings

DEFAULT_BODY_LIMIT = 1024 * 1024

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]

_encode = msgspec.json.Encoder().encode


def json_response(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Structs, dicts and lists as JSON, without the detour over pydantic."""
    return Response(_encode(content), status, headers, "application/json")


def create_app(title: str, description: str, health: Health, lifespan: Lifespan, body_limit: int | None = DEFAULT_BODY_LIMIT) -> FastAPI:
    """An application with problem documents, body limit, `/health/live`, `/health/ready`, `/metrics` and OpenAPI at `/docs`.

    `body_limit` in bytes; None where its calls read bodies as they come, and bound them themselves.
    """
    app = FastAPI(title=title, description=description, version="1", lifespan=lifespan, redirect_slashes=False)
    install_problems(app)
    if body_limit is not None:
        app.add_middleware(BodyLimit, limit=body_limit)
    app.add_middleware(Observation)

    @app.get("/health/live", tags=["operation"])
    async def live() -> Response:
        return _health(health.live())

    @app.get("/health/ready", tags=["operation"])
    async def ready() -> Response:
        return _health(await run_in_threadpool(health.ready))

    @app.get("/metrics", tags=["operation"])
    async def prometheus() -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return app


def serve(create: Callable[[], FastAPI], settings: ServiceSettings) -> None:
    """Serve until SIGTERM; requests at hand get five seconds to end."""
    configure_logging(settings.name, settings.log_level)
    run(create(), settings)


def run(app: ASGIApp, settings: ServiceSettings) -> None:
    """Any application on the server that all services have; logs are the caller's."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=5,
        # Longer than the idle time of usual clients and proxies (60 s): who closes first must be the one who sends.
        timeout_keep_alive=75,
        server_header=False,
    )
    server = _Server(config)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(1)


class _Server(uvicorn.Server):
    """Streams have no end of their own: they are ended when the server is told to stop."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        end_streams()


def _health(failures: dict[str, str]) -> Response:
    return Response(health_body(failures), 503 if failures else 200, media_type="application/json")
