"""The HTTP side: read a command, make it an event, publish, answer once it is acknowledged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import msgspec
from fastapi import FastAPI, Request, Response

from services.movieflix.contracts.topics import SHOW_POSITION, SHOW_RATING
from services.movieflix.playback_api.domain import (
    InvalidCommandError,
    RateShow,
    ReportShowPosition,
    rate_show,
    report_position,
)
from shared.clock import Clock, Micros
from shared.health import Health
from shared.http.app import create_app, json_response
from shared.http.bodies import BatchAnswer, JsonBatch, JsonBody, Rejected
from shared.http.problems import ProblemError, unavailable
from shared.producer import BrokerUnavailableError, Publisher
from shared.serialization import AvroCodec
from shared.topics import Topic

Command = TypeVar("Command", bound=msgspec.Struct)
Event = TypeVar("Event", bound=msgspec.Struct)

UNAVAILABLE = "the log did not acknowledge in time: send it again with this event_id, it will count once"


def playback_api(open_publisher: Callable[[], Publisher], codec: Callable[[Topic[Any]], AvroCodec[Any]], clock: Clock) -> FastAPI:
    """Wire the service. `open_publisher` is called inside the running loop."""
    health = Health()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        publisher = app.state.publisher = open_publisher()
        health.add_ready("broker", publisher.check)
        yield
        await publisher.close()

    app = create_app("playback-api", "Positions and ratings, as devices report them.", health, lifespan)
    _add_calls(app, "/v1/positions", ReportShowPosition, report_position, SHOW_POSITION, codec(SHOW_POSITION), clock)
    _add_calls(app, "/v1/ratings", RateShow, rate_show, SHOW_RATING, codec(SHOW_RATING), clock)
    return app


def _add_calls(
    app: FastAPI,
    path: str,
    command_type: type[Command],
    to_event: Callable[[Command, Micros], Event],
    topic: Topic[Event],
    codec: AvroCodec[Event],
    clock: Clock,
) -> None:
    """The call for one command and the call for a batch of them: they differ in nothing else."""
    single, batch = JsonBody(command_type), JsonBatch(command_type)

    @app.post(path, status_code=202, openapi_extra=single.openapi(), summary=command_type.__doc__)
    async def one(request: Request) -> Response:
        command = await single.read(request)
        try:
            event = to_event(command, clock())
        except InvalidCommandError as error:
            raise ProblemError(422, str(error)) from error
        event_id: str = event.event_id  # type: ignore[attr-defined]
        try:
            await app.state.publisher.publish(topic, codec, [event])
        except BrokerUnavailableError:
            return unavailable(UNAVAILABLE, event_id=event_id)
        return json_response({"event_id": event_id}, 202)

    @app.post(f"{path}/batch", status_code=202, openapi_extra=batch.openapi(), summary=f"{command_type.__doc__} A batch.")
    async def many(request: Request) -> Response:
        commands, rejected = await batch.read(request)
        now = clock()
        events = []
        for index, command in commands:
            try:
                events.append(to_event(command, now))
            except InvalidCommandError as error:
                rejected.append(Rejected(index, str(error)))
        await app.state.publisher.publish(topic, codec, events)
        rejected.sort(key=lambda item: item.index)
        return json_response(BatchAnswer(len(events), rejected), 202)
