"""The HTTP side of the questions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal, Protocol

import anyio.to_thread
import msgspec
from confluent_kafka import KafkaException
from fastapi import FastAPI, Query, Response

from services.ingestion.contracts.events import ImportantEventFound
from services.ingestion.contracts.lake import Layer
from services.ingestion.contracts.sources import Source
from services.ingestion.query_api.domain import Counts, Cursor, Page, QuestionError, countable, from_text, missing
from shared.clock import to_rfc3339
from shared.consumer.group_progress import Behind, Log
from shared.health import Health
from shared.http.app import create_app, json_response
from shared.http.bodies import PathId
from shared.http.problems import ProblemError, unavailable
from shared.http.windows import InWindow
from shared.logging import get_logger
from shared.stores import StoreUnavailableError
from shared.window import Window

log = get_logger(__name__)

SPEED = "speed"
LayerName = Literal["speed", "s3", "hdfs"]
CountLimit = Annotated[int, Query(ge=1, le=50_000)]
"""Below what Elasticsearch answers at once (`search.max_buckets`)."""
Words = Annotated[str, Query(max_length=500)]
Limit = Annotated[int, Query(ge=1, le=1000)]

DESCRIPTION = """What the sources have said, in each layer. `from` (inclusive) and `to` (exclusive) are RFC 3339 times and bound when events
occurred."""


class CountedLayer(Protocol):
    """Each call raises StoreUnavailableError."""

    async def counts(self, source: Source, by: str, window: Window, limit: int) -> Counts: ...
    async def held(self, source: Source, window: Window) -> int:
        """How many events; one that is doubled counts twice."""


class SearchedLayer(CountedLayer, Protocol):
    async def search(self, source: Source, text: str, window: Window, limit: int, after: Cursor | None) -> Page: ...
    async def totals(self) -> dict[str, int]: ...
    async def close(self) -> None: ...


class Progress(Protocol):
    def log(self) -> Log | None: ...
    def behind(self, name: str) -> Behind | None: ...
    def settled(self) -> bool: ...


class Newest(Protocol):
    def newest(self, kind: str, limit: int) -> list[ImportantEventFound]: ...
    def check(self) -> str | None: ...


def query_api(
    sources: Mapping[str, Source],
    speed: SearchedLayer,
    batch: Mapping[Layer, CountedLayer],
    progress: Progress,
    important_events: Newest,
    health: Health,
) -> FastAPI:
    """Wire the service."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await speed.close()

    app = create_app("query-api", DESCRIPTION, health, lifespan)
    health.add_ready("log", lambda: None if progress.log() else "how far the layers are is not known")
    health.add_ready("important_events", important_events.check)
    layers: dict[str, CountedLayer] = {SPEED: speed, **{layer.value: its for layer, its in batch.items()}}

    def declared(name: str) -> Source:
        if name not in sources:
            raise ProblemError(404, f"there is no source {name}: sources.yaml declares {', '.join(sources)}")
        return sources[name]

    @app.get("/v1/sources", summary="The sources, their fields, and how many of their events the speed layer holds")
    async def list_sources() -> Response:
        totals = await speed.totals()
        return json_response({"items": [_described(source, totals.get(source.name, 0)) for source in sources.values()]})

    @app.get("/v1/layers", summary="How far each layer is behind the log")
    async def list_layers() -> Response:
        log = progress.log()
        items = [_progress(name, progress.behind(name)) for name in layers]
        return json_response({"log": log._asdict() if log else None, "items": items})

    @app.get("/v1/sources/{source}/events", summary="Full text over the speed layer, newest first")
    async def events(source: PathId, window: InWindow, q: Words = "", limit: Limit = 20, cursor: str | None = None) -> Response:
        """Every word of `q` must be there; `"..."` is a phrase, `-word` excludes, `word*` begins."""
        its = declared(source)
        try:
            after = from_text(cursor) if cursor else None
        except QuestionError as error:
            raise ProblemError(422, str(error)) from error
        return json_response(await speed.search(its, q, window, limit, after))

    @app.get("/v1/sources/{source}/counts", summary="Events by the value of a field, most first, then by value")
    async def counts(source: PathId, window: InWindow, by: str, layer: LayerName = "speed", limit: CountLimit = 10) -> Response:
        """Values that are lists count once for each item in the speed layer, and as a whole in the others."""
        its = declared(source)
        try:
            countable(its, by)
        except QuestionError as error:
            raise ProblemError(422, str(error)) from error
        return json_response(await layers[layer].counts(its, by, window, limit))

    @app.get("/v1/sources/{source}/reconciliation", summary="Do all layers hold the same number of events?")
    async def reconciliation(source: PathId, window: InWindow) -> Response:
        its = declared(source)
        try:
            # First: what a layer counts below is at least what it had read now.
            settled = await anyio.to_thread.run_sync(progress.settled)
        except KafkaException as error:
            raise StoreUnavailableError(f"Kafka: {error}") from error
        answers = await asyncio.gather(*(_held(layer, its, window) for layer in layers.values()))
        found = {name: events for name, events in zip(layers, answers, strict=True) if events is not None}
        if away := [name for name in layers if name not in found]:
            return unavailable(f"no answer from {' and '.join(away)}; try again")
        return json_response(found | {"missing": missing(found), "settled": settled})

    @app.get("/v1/sources/{source}/important", summary="The latest events that met a rule of importance, newest first")
    async def important(source: PathId, limit: Limit = 20) -> Response:
        declared(source)
        return json_response({"items": [_important(event) for event in important_events.newest(source, limit)]})

    return app


async def _held(layer: CountedLayer, source: Source, window: Window) -> int | None:
    """None where it is away."""
    try:
        return await layer.held(source, window)
    except StoreUnavailableError as error:
        log.warning("store_away", reason=str(error))
        return None


def _described(source: Source, events: int) -> dict[str, Any]:
    fields = [{"name": name, "type": type_} for name, type_ in source.fields.items()]
    return {"name": source.name, "about": source.about, "events": events, "fields": fields, "important": list(source.important)}


def _progress(name: str, behind: Behind | None) -> dict[str, Any]:
    return {
        "layer": name,
        "behind_records": behind.records if behind else None,
        "behind_seconds": behind.seconds if behind else None,
    }


def _important(event: ImportantEventFound) -> dict[str, Any]:
    return msgspec.structs.asdict(event) | {"occurred_at": to_rfc3339(event.occurred_at), "data": msgspec.Raw(event.data.encode())}
