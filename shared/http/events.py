"""Server-sent events (WHATWG HTML, 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress

from fastapi.responses import StreamingResponse

KEEP_ALIVE_SECONDS = 15.0
"""Below the idle time-outs of common proxies (60 s); also how a client that is gone is noticed."""


def sent_event(data: bytes, event_id: str = "", event: str = "") -> bytes:
    """One message. `data` must hold no newline, which JSON does not."""
    head = (f"id: {event_id}\n" if event_id else "") + (f"event: {event}\n" if event else "")
    return head.encode() + b"data: " + data + b"\n\n"


def event_stream(messages: AsyncGenerator[bytes, None]) -> StreamingResponse:
    """Send messages as they come, with a comment where none came for KEEP_ALIVE_SECONDS. `messages` is closed when the client goes."""
    return StreamingResponse(
        _kept_alive(messages), media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    )


async def _kept_alive(messages: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    yield b": connected\n\n"
    following = asyncio.ensure_future(anext(messages))
    try:
        while True:
            done, _ = await asyncio.wait({following}, timeout=KEEP_ALIVE_SECONDS)
            if not done:
                yield b": still here\n\n"
                continue
            try:
                message = following.result()
            except StopAsyncIteration:
                return
            yield message
            following = asyncio.ensure_future(anext(messages))
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError, StopAsyncIteration):
            await following
        # Not left to the garbage collector: it would close what `messages` holds in an order of its own.
        await messages.aclose()
