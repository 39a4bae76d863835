"""The HTTP side: entries go to the log, questions to the index that catalog-indexer keeps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any, Protocol

import msgspec
from fastapi import FastAPI, Query, Request, Response

from services.movieflix.catalog_api.domain import CatalogueShow, ShowEntry, ShowFound, catalogue_show
from services.movieflix.contracts.topics import SHOWS
from shared.clock import Clock
from shared.health import Health
from shared.http.app import create_app, json_response
from shared.http.bodies import JsonBody, PathId
from shared.http.commands import CommandCalls, publishing
from shared.http.problems import ProblemError
from shared.producer import Publisher
from shared.serialization import AvroCodec
from shared.topics import Topic

DESCRIPTION = "The catalogue: what shows there are. An entry that was acknowledged is found within about a second."


class Shows(Protocol):
    async def show(self, show_id: str) -> ShowFound | None:
        """Raises StoreUnavailableError."""

    async def search(self, words: str | None, genre: str | None, limit: int) -> list[ShowFound]:
        """Best first; without words by title. Raises StoreUnavailableError."""

    async def close(self) -> None: ...


def catalog_api(
    open_publisher: Callable[[], Publisher],
    codec: Callable[[Topic[Any]], AvroCodec[Any]],
    clock: Clock,
    shows: Shows,
    health: Health,
) -> FastAPI:
    """Wire the service. `open_publisher` is called inside the running loop."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with publishing(open_publisher, health)(app):
            yield
        await shows.close()

    app = create_app("catalog-api", DESCRIPTION, health, lifespan)
    commands = CommandCalls(app, CatalogueShow, catalogue_show, SHOWS, codec(SHOWS), clock)
    commands.add_batch("/v1/shows/batch")
    entry = JsonBody(ShowEntry)

    @app.put("/v1/shows/{show_id}", status_code=202, openapi_extra=entry.openapi(), summary=CatalogueShow.__doc__)
    async def catalogue(show_id: PathId, request: Request) -> Response:
        body = await entry.read(request)
        return await commands.publish(CatalogueShow(show_id=show_id, **msgspec.structs.asdict(body)))

    @app.get("/v1/shows/{show_id}", summary="One show")
    async def show(show_id: PathId) -> Response:
        found = await shows.show(show_id)
        if found is None:
            raise ProblemError(404, f"the catalogue has no show {show_id}")
        return json_response(found)

    @app.get("/v1/shows", summary="Shows by words of their titles, best first; without q by title")
    async def search(
        q: Annotated[str | None, Query(max_length=200, description="words or their beginnings, with or without accents and typos")] = None,
        genre: Annotated[str | None, Query(max_length=50, description="exactly as in the entries")] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> Response:
        return json_response({"items": await shows.search(q or None, genre or None, limit)})

    return app
