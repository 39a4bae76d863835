"""Commands over HTTP: read one or a batch, make events of them, publish, answer 202 once the cluster has acknowledged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Generic, TypeVar

import msgspec
from fastapi import FastAPI, Request, Response

from shared.clock import Clock, Micros
from shared.health import Health
from shared.http.app import json_response
from shared.http.bodies import BatchAnswer, InvalidCommandError, JsonBatch, JsonBody, Rejected
from shared.http.problems import ProblemError, unavailable
from shared.producer import BrokerUnavailableError, Publisher
from shared.serialization import AvroCodec
from shared.topics import Topic

Command = TypeVar("Command", bound=msgspec.Struct)
Event = TypeVar("Event", bound=msgspec.Struct)

UNAVAILABLE = "the log did not acknowledge in time: send it again with this event_id, it will count once"


def publishing(open_publisher: Callable[[], Publisher], health: Health) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """A lifespan that opens the publisher inside the running loop, as `app.state.publisher`, and closes it at the end."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        publisher = app.state.publisher = open_publisher()
        health.add_ready("broker", publisher.check)
        yield
        await publisher.close()

    return lifespan


class CommandCalls(Generic[Command, Event]):
    """The calls for one type of command, of an application whose lifespan is `publishing`.

    `to_event(command, now)` is pure and raises InvalidCommandError for what cannot be. 202 only after every in-sync replica has the
    record; on 503 it may be in the log all the same, and the answer to a single command bears the event_id to repeat.
    """

    def __init__(
        self,
        app: FastAPI,
        command_type: type[Command],
        to_event: Callable[[Command, Micros], Event],
        topic: Topic[Event],
        codec: AvroCodec[Event],
        clock: Clock,
    ) -> None:
        self._app = app
        self._type = command_type
        self._to_event = to_event
        self._topic = topic
        self._codec = codec
        self._clock = clock

    def add(self, path: str) -> None:
        """`POST path` for one and `POST path/batch` for many: they differ in nothing else."""
        single = JsonBody(self._type)

        @self._app.post(path, status_code=202, openapi_extra=single.openapi(), summary=self._type.__doc__)
        async def one(request: Request) -> Response:
            return await self.publish(await single.read(request))

        self.add_batch(f"{path}/batch")

    def add_batch(self, path: str) -> None:
        """`POST path` for an array; bad items are rejected one by one, good ones are published."""
        batch = JsonBatch(self._type)

        @self._app.post(path, status_code=202, openapi_extra=batch.openapi(), summary=f"{self._type.__doc__} A batch.")
        async def many(request: Request) -> Response:
            commands, rejected = await batch.read(request)
            to_event, clock = self._to_event, self._clock
            events = []
            for index, command in commands:
                try:
                    events.append(to_event(command, clock()))
                except InvalidCommandError as error:
                    rejected.append(Rejected(index, str(error)))
            await self._app.state.publisher.publish(self._topic, self._codec, events)
            rejected.sort(key=lambda item: item.index)
            return json_response(BatchAnswer(len(events), rejected), 202)

    async def publish(self, command: Command) -> Response:
        """The answer to one command, however it was read."""
        try:
            event = self._to_event(command, self._clock())
        except InvalidCommandError as error:
            raise ProblemError(422, str(error)) from error
        event_id: str = event.event_id  # type: ignore[attr-defined]
        try:
            await self._app.state.publisher.publish(self._topic, self._codec, [event])
        except BrokerUnavailableError:
            return unavailable(UNAVAILABLE, event_id=event_id)
        return json_response({"event_id": event_id}, 202)
