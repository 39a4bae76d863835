"""The HTTP side: one call, whose body is read, checked and published piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.requests import ClientDisconnect

from services.ingestion.contracts.door import Door, RefusedError
from services.ingestion.contracts.events import EventCollected, EventCollectedCodec
from services.ingestion.contracts.sources import Source
from services.ingestion.contracts.topics import EVENTS
from services.ingestion.ingest_api.domain import BodyError, Piece, Pieces, pieces_of
from shared.clock import Clock
from shared.health import Health
from shared.http.app import create_app, json_response
from shared.http.bodies import PathId
from shared.http.body_limit import DRAIN_BYTES
from shared.http.commands import publishing
from shared.http.problems import ProblemError, unavailable
from shared.producer import BrokerUnavailableError, Publisher

AT_ONCE = 8
"""Bodies that are read at the same time; the next ones wait unread, so that their senders wait too."""
WAITING = 64
"""Bodies that may wait; what comes then is told to come again."""
TOGETHER = 1000
"""Events that are published in one go: a client's memory here is this many, whatever the size of its body."""
REJECTIONS_TOLD = 1000
"""Of one body; the rest is counted. The answer to ten megabytes of nonsense is not ten megabytes."""
RETRY_AFTER_SECONDS = 1
SILENCE_SECONDS = 10.0
BODY_SECONDS = 120.0
"""So long may a client be waited for in all: ten megabytes at 85 KB a second. What waits for the log does not count."""

AGAIN = "send the same body again: what is in the log already counts once"


class Rejected(msgspec.Struct):
    """A line, or an item of an array, that did not come in. Lines are counted from 1, empty ones too; items from 1."""

    line: int
    detail: str


class Answer(msgspec.Struct):
    accepted: int = 0
    rejected: list[Rejected] = []
    rejected_more: int = 0
    """Those beyond the first REJECTIONS_TOLD."""


def ingest_api(open_publisher: Callable[[], Publisher], sources: Mapping[str, Source], clock: Clock) -> FastAPI:
    """Wire the service. `open_publisher` is called inside the running loop."""
    health = Health()
    lifespan = publishing(open_publisher, health)
    app = create_app("ingest-api", "Events of all sources, many at a time.", health, lifespan, body_limit=None)
    doors = {name: Door(source, clock) for name, source in sources.items()}
    codec = EventCollectedCodec()
    turns = _Turns()

    @app.post("/v1/sources/{source}/events", status_code=202, openapi_extra=_OPENAPI, summary="Events, as NDJSON or a JSON array")
    async def events(source: PathId, request: Request) -> Response:
        """202 once all that is accepted is in every in-sync replica; what is wrong with the others is said line by line.

        Up to 10 MB, unpacked. Where a body turns out to be too large, or broken, in its middle, `accepted` says how much came in before.
        """
        door = doors.get(source)
        if door is None:
            raise ProblemError(404, f"there is no source {source}: sources.yaml declares {', '.join(doors)}")
        answer = Answer()
        body = _received(request.stream())
        try:
            async with turns:
                async for chunk in _chunks(pieces_of(request.headers, body)):
                    admitted = _admit(door, chunk, answer)
                    await app.state.publisher.publish(EVENTS, codec, admitted)
                    answer.accepted += len(admitted)
                    # Where all was refused nothing was waited for, and others would not get to speak until the end of the body.
                    await asyncio.sleep(0)
        except BodyError as error:
            await _drain(body)
            raise ProblemError(error.status, str(error), {"Connection": "close"}, accepted=answer.accepted) from error
        except BrokerUnavailableError:
            return unavailable(f"the log did not acknowledge in time: {AGAIN}", accepted=answer.accepted)
        return json_response(answer, 202)

    return app


def _admit(door: Door, chunk: list[Piece], answer: Answer) -> list[EventCollected]:
    admitted = []
    for line, text in chunk:
        try:
            admitted.append(door.admit(text))
        except RefusedError as error:
            if len(answer.rejected) < REJECTIONS_TOLD:
                answer.rejected.append(Rejected(line, str(error)))
            else:
                answer.rejected_more += 1
    return admitted


async def _chunks(pieces: Pieces) -> AsyncIterator[list[Piece]]:
    chunk: list[Piece] = []
    async for some in pieces:
        chunk += some
        while len(chunk) >= TOGETHER:
            yield chunk[:TOGETHER]
            chunk = chunk[TOGETHER:]
    if chunk:
        yield chunk


async def _received(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Raises BodyError where the client says nothing, or too little, for too long: it takes a turn from others."""
    left = BODY_SECONDS
    clock = asyncio.get_running_loop().time
    while True:
        patience, since = min(SILENCE_SECONDS, left), clock()
        try:
            chunk = await asyncio.wait_for(anext(stream), patience)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise BodyError(408, f"nothing came for {patience:.0f} s, or too little for {BODY_SECONDS:g} s") from error
        except ClientDisconnect as error:
            raise BodyError(400, "the client went away in the middle of its body") from error
        left -= clock() - since
        yield chunk


async def _drain(body: AsyncIterator[bytes]) -> None:
    """Who is still sending reads no answer, but gets a reset connection."""
    size = 0
    with suppress(BodyError):
        async for chunk in body:
            size += len(chunk)
            if size > DRAIN_BYTES:
                return


class _Turns:
    """Lets AT_ONCE in, keeps WAITING at the door, and sends the others away."""

    def __init__(self) -> None:
        self._free = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def __aenter__(self) -> None:
        if self._waiting >= WAITING:
            # The connection stays: closed while a body comes it would be reset, and its sender would not read this.
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
            raise ProblemError(429, f"{WAITING} bodies wait already: send it again in {RETRY_AFTER_SECONDS} s", headers)
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1

    async def __aexit__(self, *_: object) -> None:
        self._free.release()


_OPENAPI = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-ndjson": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
        },
    }
}
