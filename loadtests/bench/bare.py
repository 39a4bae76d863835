"""What an API is held against: a bare ASGI application on the same server, with the same answer, which does nothing for it.

answer    reads the body and answers
framework the same within what every service here has: FastAPI with its routing, body limit, metrics and trace context
publish   reads the body, has the cluster acknowledge its bytes as one record of TOPIC, and answers: what no service that promises the same
          can beat

python -m loadtests.bench.bare KIND STATUS ANSWER [TOPIC]
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from typing import Any

from confluent_kafka import Producer
from fastapi import FastAPI, Request, Response

from shared.health import Health
from shared.http.app import create_app, run
from shared.producer import PRODUCER_CONFIG
from shared.settings import ServiceSettings

KEYS = 2000


class Bare:
    def __init__(self, kind: str, status: str, answer: str, topic: str = "") -> None:
        self._publishes = kind == "publish"
        self._topic = topic
        self._body = answer.encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(self._body)).encode())]
        self._start = {"type": "http.response.start", "status": int(status), "headers": headers}
        self._end = {"type": "http.response.body", "body": self._body}
        self._producer: Any = None
        # All partitions are written to, as by the service: the client sends a request for each.
        self._keys = cycle(b"user-%d" % number for number in range(KEYS))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        if self._publishes and body:
            await self._publish(body)
        await send(self._start)
        await send(self._end)

    async def _publish(self, body: bytes) -> None:
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._producer.produce(self._topic, body, next(self._keys), on_delivery=lambda *_: loop.call_soon_threadsafe(done.set_result, None))
        await done

    async def _lifespan(self, receive: Any, send: Any) -> None:
        polling: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                if self._publishes:
                    self._producer = Producer(PRODUCER_CONFIG | ServiceSettings().kafka.client())
                    polling = asyncio.create_task(asyncio.to_thread(self._poll))
                await send({"type": "lifespan.startup.complete"})
            else:
                self._publishes = False
                if polling:
                    await polling
                await send({"type": "lifespan.shutdown.complete"})
                return

    def _poll(self) -> None:
        while self._publishes:
            self._producer.poll(0.2)


def framework(status: str, answer: str) -> FastAPI:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield

    app = create_app("framework", "Nothing but the framework.", Health(), lifespan)
    body = answer.encode()

    @app.api_route("/{path:path}", methods=["GET", "POST", "PUT"])
    async def same(request: Request) -> Response:
        await request.body()
        return Response(body, int(status), media_type="application/json")

    return app


if __name__ == "__main__":
    settings = ServiceSettings()
    kind, status, answer, *topic = sys.argv[1:]
    run(framework(status, answer) if kind == "framework" else Bare(kind, status, answer, *topic), settings)
