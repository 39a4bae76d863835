"""The HTTP side of profile and recommendations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, NamedTuple, Protocol

from fastapi import FastAPI, Header, Query, Response

from services.movieflix.recommendations_api.domain import DEFAULT_LIMIT, MAX_LIMIT, answer, nothing_yet
from shared.health import Health
from shared.http.app import create_app
from shared.http.bodies import PathId
from shared.http.events import event_stream, sent_event
from shared.http.problems import ProblemError
from shared.stores import StoreUnavailableError

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]


class Stored(NamedTuple):
    version: str
    body: bytes


class RecommendationViews(Protocol):
    """Each call raises StoreUnavailableError."""

    async def profile(self, user_id: str) -> bytes | None: ...
    async def recommendations(self, user_id: str) -> Stored | None: ...
    async def popular(self) -> Stored | None: ...
    def changes(self, user_id: str) -> AbstractAsyncContextManager[asyncio.Event]:
        """An event that is set at each change of the user's recommendations."""

    async def close(self) -> None: ...


def recommendations_api(views: RecommendationViews, health: Health) -> FastAPI:
    """Wire the service."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await views.close()

    app = create_app("recommendations-api", "What a user likes, and what to watch next.", health, lifespan)

    async def current(user_id: str) -> Stored:
        return await views.recommendations(user_id) or await views.popular() or Stored("", nothing_yet(user_id))

    @app.get("/v1/users/{user_id}/profile", summary="What a user has seen, and their genres")
    async def profile(user_id: PathId) -> Response:
        body = await views.profile(user_id)
        if body is None:
            raise ProblemError(404, f"nothing is known of {user_id}: they have rated and watched nothing yet")
        return Response(body, media_type="application/json")

    @app.get("/v1/users/{user_id}/recommendations", summary="What to watch next, best first; popular shows for newcomers")
    async def recommendations(user_id: PathId, limit: Limit = DEFAULT_LIMIT) -> Response:
        stored = await current(user_id)
        return Response(answer(stored.body, user_id, limit), media_type="application/json")

    @app.get("/v1/users/{user_id}/recommendations/stream", summary="The same as server-sent events: now, and at every change")
    async def stream(
        user_id: PathId, limit: Limit = DEFAULT_LIMIT, last_event_id: Annotated[str, Header(alias="Last-Event-ID")] = ""
    ) -> Response:
        return event_stream(_messages(views, user_id, limit, last_event_id, current))

    return app


async def _messages(
    views: RecommendationViews, user_id: str, limit: int, seen: str, current: Callable[[str], Awaitable[Stored]]
) -> AsyncGenerator[bytes, None]:
    """Listen first, then read: a change in between is seen. Unchanged versions are not sent again."""
    async with views.changes(user_id) as changed:
        while True:
            changed.clear()
            try:
                stored = await current(user_id)
            except StoreUnavailableError:
                await asyncio.sleep(1)
                continue
            if stored.version != seen:
                seen = stored.version
                yield sent_event(answer(stored.body, user_id, limit), seen)
            await changed.wait()
