"""The HTTP side of resume: answers are stored as they are served, so this only fetches them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Protocol

from fastapi import FastAPI, Query, Response

from shared.health import Health
from shared.http.app import create_app
from shared.http.bodies import PathId
from shared.http.problems import ProblemError


class Positions(Protocol):
    async def position(self, user_id: str, show_id: str) -> bytes | None:
        """The position that counts, as JSON. Raises StoreUnavailableError."""

    async def unfinished(self, user_id: str, limit: int) -> list[bytes]:
        """Most recent first, as JSON. Raises StoreUnavailableError."""

    async def close(self) -> None: ...


def resume_api(positions: Positions, health: Health) -> FastAPI:
    """Wire the service."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await positions.close()

    app = create_app("resume-api", "Where a user stopped, on any device.", health, lifespan)

    @app.get("/v1/users/{user_id}/positions/{show_id}", summary="The position of one show")
    async def position(user_id: PathId, show_id: PathId) -> Response:
        body = await positions.position(user_id, show_id)
        if body is None:
            raise ProblemError(404, f"{user_id} has no position in {show_id}")
        return Response(body, media_type="application/json")

    @app.get("/v1/users/{user_id}/continue-watching", summary="Unfinished shows, most recent first")
    async def continue_watching(user_id: PathId, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Response:
        items = await positions.unfinished(user_id, limit)
        return Response(b'{"items":[' + b",".join(items) + b"]}", media_type="application/json")

    return app
