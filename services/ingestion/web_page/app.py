"""The page's own origin: its files, and the APIs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from shared.health import Health
from shared.http.app import create_app
from shared.http.forward import add_forwarding, open_forwarding_client
from shared.http.page_files import PageFiles

# Not below what ingest-api takes: how much is too much is for it to say.
BODY_LIMIT = 10 * 1024 * 1024


def web_page(static: Path, services: Mapping[str, str]) -> FastAPI:
    """Wire the service. `services` are the APIs that the page may call: name -> base address."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_forwarding_client() as app.state.forwarding:
            yield

    about = "The pipeline for a person: one log, three layers, their APIs on one origin."
    app = create_app("web-page", about, Health(), lifespan, BODY_LIMIT)
    add_forwarding(app, services)
    app.mount("/", PageFiles(static))
    return app
