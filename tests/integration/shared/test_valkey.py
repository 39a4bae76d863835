"""Connections to the real Valkey, and what they make of one that went away."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from uuid import uuid4

import pytest
import redis

from shared.settings import ValkeySettings
from shared.stores import StoreUnavailableError, valkey
from shared.stores.feed import ChangeFeed
from shared.stores.gathered import GatheredReads
from tests.conftest import Stack

NOBODY = ValkeySettings(REDIS_URL="redis://127.0.0.1:1/0")


@pytest.fixture
def settings(stack: Stack) -> ValkeySettings:
    return stack.settings.valkey


def test_an_idle_connection_that_a_restart_has_closed_costs_no_request(settings: ValkeySettings) -> None:
    async def act() -> None:
        client = valkey.connect_async(settings)
        killer = valkey.connect(settings)
        try:
            # As after a restart: the pool still holds the connection, the server does not.
            assert killer.client_kill_filter(_id=await client.client_id()) == 1
            with valkey.unavailable_store():
                assert await client.get("test:nothing") is None
            assert killer.client_kill_filter(_id=await client.client_id()) == 1
            with valkey.unavailable_store():
                assert await GatheredReads(client).execute("HGET", "test:nothing", "at all") is None
        finally:
            await client.aclose()
            killer.close()

    asyncio.run(act())


def test_a_server_that_is_away_is_told_at_once(settings: ValkeySettings) -> None:
    async def ask() -> None:
        client = valkey.connect_async(NOBODY)
        try:
            with valkey.unavailable_store():
                await client.get("test:nothing")
        finally:
            await client.aclose()

    started = time.monotonic()
    with pytest.raises(StoreUnavailableError):
        asyncio.run(ask())
    with pytest.raises(StoreUnavailableError), valkey.unavailable_store():
        valkey.connect(NOBODY).get("test:nothing")
    assert time.monotonic() - started < 2


def test_health_tells_of_a_server_that_is_away(settings: ValkeySettings) -> None:
    assert valkey.ping_check(valkey.connect(settings))() is None
    assert "Valkey" in (valkey.ping_check(valkey.connect(NOBODY))() or "")


def test_what_is_wrong_with_a_command_is_not_taken_for_an_outage(settings: ValkeySettings) -> None:
    with pytest.raises(redis.ResponseError), valkey.unavailable_store():
        valkey.connect(settings).execute_command("NO-SUCH-COMMAND")


def test_all_who_begin_to_listen_at_once_are_woken(settings: ValkeySettings) -> None:
    """One connection serves them, and is opened by the first: the others must not open more."""

    async def run() -> list[str]:
        client = valkey.connect_async(settings)
        feed = ChangeFeed(client)
        async with AsyncExitStack() as listening:
            names = [f"test:{uuid4().hex}" for _ in range(100)]
            events = await asyncio.gather(*(listening.enter_async_context(feed.listen(name)) for name in names))
            for name in names:
                await client.publish(name, "")
            await asyncio.wait([asyncio.ensure_future(event.wait()) for event in events], timeout=30)
            deaf = [name for name, event in zip(names, events, strict=True) if not event.is_set()]
        await feed.close()
        await client.aclose()
        return deaf

    assert asyncio.run(run()) == []
