"""Server-sent events (WHATWG HTML, 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from fastapi.responses import StreamingResponse

KEEP_ALIVE_SECONDS = 15.0
"""Below the idle time-outs of common proxies (60 s); also how a client that is gone is noticed."""


_open: set[asyncio.Future[None]] = set()


def end_streams() -> None:
    """Every stream of this process ends after the message at hand, so that a server which is to stop need not wait for its clients: they
    connect again, and go on from their last event. May be called from a signal handler."""
    for ending in list(_open):
        ending.get_loop().call_soon_threadsafe(_end, ending)


def _end(ending: asyncio.Future[None]) -> None:
    if not ending.done():
        ending.set_result(None)


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
    ending: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    _open.add(ending)
    try:
        while not ending.done():
            awaited: set[asyncio.Future[Any]] = {following, ending}
            done, _ = await asyncio.wait(awaited, timeout=KEEP_ALIVE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not done:
                yield b": still here\n\n"
                continue
            if following not in done:
                return
            try:
                message = following.result()
            except StopAsyncIteration:
                return
            yield message
            following = asyncio.ensure_future(anext(messages))
    finally:
        _open.discard(ending)
        following.cancel()
        with suppress(asyncio.CancelledError, StopAsyncIteration):
            await following
        # Not left to the garbage collector: it would close what `messages` holds in an order of its own.
        await messages.aclose()
