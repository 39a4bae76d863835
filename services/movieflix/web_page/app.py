"""The page's own origin: its files, its APIs, and the events as they pass."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Response

from services.movieflix.contracts.household import HOUSEHOLD
from shared.consumer.tap import Tap, TapUnavailableError
from shared.health import Health
from shared.http.app import create_app, json_response
from shared.http.events import event_stream, sent_event
from shared.http.forward import add_forwarding, open_forwarding_client
from shared.http.page_files import PageFiles
from shared.http.problems import unavailable


def web_page(static: Path, services: Mapping[str, str], tap: Tap) -> FastAPI:
    """Wire the service. `services` are the APIs that the page may call: name -> base address."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_forwarding_client() as app.state.forwarding:
            yield

    app = create_app("web-page", "MovieFlix for a person: the page, its APIs on one origin, events as they pass.", Health(), lifespan)
    add_forwarding(app, services)

    @app.get("/api/viewers", summary="The household members that a person can be")
    async def viewers() -> Response:
        return json_response({"items": HOUSEHOLD})

    @app.get("/api/events", summary="Server-sent events: records as they pass through the topics; `rates` each second, `dropped`")
    async def events() -> Response:
        resources = AsyncExitStack()
        try:
            messages = await resources.enter_async_context(tap.watch())
        except TapUnavailableError:
            return unavailable("the topics cannot be read now; try again")
        return event_stream(_written(messages, resources))

    app.mount("/", PageFiles(static))
    return app


async def _written(messages: AsyncIterator[tuple[str, bytes]], resources: AsyncExitStack) -> AsyncGenerator[bytes, None]:
    async with resources:
        async for event, data in messages:
            yield sent_event(data, event=event)
