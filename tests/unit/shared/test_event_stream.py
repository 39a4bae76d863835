"""A server-sent stream: whatever its client does, what it reads from is closed, once and at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from shared.http.events import end_streams, event_stream, sent_event
from tests.fakes.skipping_loop import run_skipping


def test_a_message_bears_its_id_and_its_name_where_it_has_them() -> None:
    assert sent_event(b"{}") == b"data: {}\n\n"
    assert sent_event(b"{}", "7", "rates") == b"id: 7\nevent: rates\ndata: {}\n\n"


@pytest.mark.parametrize("received", [2, 3])
def test_the_source_is_closed_when_the_client_goes(received: int) -> None:
    """Both while a message is on its way to the client, and while the next one is waited for."""
    closed = []

    async def messages() -> AsyncGenerator[bytes, None]:
        try:
            yield b"1"
            yield b"2"
            await asyncio.get_running_loop().create_future()
        finally:
            closed.append(True)

    async def run() -> None:
        body: AsyncGenerator[bytes, None] = event_stream(messages()).body_iterator  # type: ignore[assignment]
        for _ in range(received):
            await anext(body)
        if received == 3:
            waiting = asyncio.ensure_future(anext(body))
            await asyncio.wait({waiting}, timeout=0.01)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        await body.aclose()
        assert closed == [True]

    run_skipping(run())


def test_the_stream_ends_with_its_source() -> None:
    async def messages() -> AsyncGenerator[bytes, None]:
        yield b"1"

    async def run() -> list[object]:
        return [chunk async for chunk in event_stream(messages()).body_iterator]

    assert asyncio.run(run()) == [b": connected\n\n", b"1"]


def test_a_server_that_is_to_stop_ends_its_streams_and_closes_what_they_read_from() -> None:
    closed = []

    async def messages() -> AsyncGenerator[bytes, None]:
        try:
            yield b"1"
            await asyncio.get_running_loop().create_future()
        finally:
            closed.append(True)

    async def run() -> list[object]:
        reading = asyncio.ensure_future(read())
        await asyncio.sleep(0.01)
        end_streams()
        return await asyncio.wait_for(reading, 5)

    async def read() -> list[object]:
        return [chunk async for chunk in event_stream(messages()).body_iterator]

    assert run_skipping(run()) == [b": connected\n\n", b"1"]
    assert closed == [True]
