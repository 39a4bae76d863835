"""A limit on request bodies, enforced while they arrive, whether or not the client told their length."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.problems import problem_body

DRAIN_BYTES = 64 * 1024 * 1024
"""How much of a refused body is read and thrown away, so that the client gets to read the answer instead of a reset connection."""


class BodyLimit:
    """ASGI middleware: 413 with a problem document for bodies over `limit` bytes. At most `limit` bytes are held in memory."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        chunks: list[Message] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return  # the client is gone in the middle of its body: nobody to answer, nothing to do
            size += len(message.get("body", b""))
            if size <= self._limit:
                chunks.append(message)
            elif size > DRAIN_BYTES:
                await self._refuse(send)
                return
            if not message.get("more_body", False):
                break
        if size > self._limit:
            await self._refuse(send)
            return
        chunks.reverse()

        async def replay() -> Message:
            return chunks.pop() if chunks else await receive()

        await self._app(scope, replay, send)

    async def _refuse(self, send: Send) -> None:
        body = problem_body(413, f"the body is larger than {self._limit} bytes: send less at a time")
        headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 413, "headers": [*headers, (b"connection", b"close")]})
        await send({"type": "http.response.body", "body": body})
