"""ingest-api with a broker in memory, and a publisher that a test can make wait or go away."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from services.ingestion.contracts.events import EventCollected, EventCollectedCodec
from services.ingestion.contracts.topics import EVENTS
from services.ingestion.ingest_api.app import ingest_api
from shared.producer import BrokerUnavailableError
from shared.serialization import Encoder
from shared.testing import InMemoryBroker, InMemoryPublisher
from tests.unit.ingestion.tickets import TICKET, TICKETS, clock

PATH = "/v1/sources/tickets/events"
NDJSON = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}


def line(**change: Any) -> bytes:
    return json.dumps(TICKET | change).encode()


class Publisher(InMemoryPublisher):
    """Keeps what each call published; can go away, or wait at a gate."""

    def __init__(self, broker: InMemoryBroker) -> None:
        super().__init__(broker, "ingest-api")
        self.calls: list[int] = []
        self.away_after: int | None = None
        self.entered = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def publish(self, topic: Any, codec: Encoder, events: Any) -> None:
        self.entered.set()
        await self.gate.wait()
        if self.away_after is not None and len(self.calls) >= self.away_after:
            raise BrokerUnavailableError("no broker can be reached")
        batch = list(events)
        self.calls.append(len(batch))
        await super().publish(topic, codec, batch)


class Case:
    def __init__(self) -> None:
        self.broker = InMemoryBroker()
        self.broker.create_topic(EVENTS.name, 6)
        self.publisher: Publisher | None = None
        self.app: FastAPI = ingest_api(self._open, {"tickets": TICKETS}, clock)

    def _open(self) -> Publisher:
        self.publisher = self.publisher or Publisher(self.broker)
        return self.publisher

    def published(self) -> list[EventCollected]:
        return [EventCollectedCodec().decode(message.value()) for message in self.broker.records(EVENTS.name)]

    def films(self) -> set[Any]:
        return {json.loads(bytes(event.data))["film"] for event in self.published()}

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with self.app.router.lifespan_context(self.app), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield client

    def post(self, content: bytes, headers: dict[str, str] = NDJSON, path: str = PATH) -> httpx.Response:
        async def post() -> httpx.Response:
            async with self.client() as client:
                return await client.post(path, content=content, headers=headers)

        return asyncio.run(post())
