"""Notifications of changed keys over Valkey's pub/sub: one connection a process, however many listeners."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shared.logging import get_logger

log = get_logger(__name__)


class ChangeFeed:
    """Says that something changed, never what: a listener reads the value anew. So a lost message costs nothing once the next comes, and
    after the connection was away every listener is woken."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._pubsub = client.pubsub(ignore_subscribe_messages=True)
        self._listeners: dict[str, set[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None
        # redis-py opens a connection for each command that finds none: of those who subscribe at once, all but one would be deaf.
        self._one_at_a_time = asyncio.Lock()

    @asynccontextmanager
    async def listen(self, channel: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set at each message; the listener clears it before it reads."""
        changed = asyncio.Event()
        self._listeners.setdefault(channel, set()).add(changed)
        try:
            if len(self._listeners[channel]) == 1:
                with suppress(RedisError, OSError):  # the reader's loop subscribes to all again
                    async with self._one_at_a_time:
                        await self._pubsub.subscribe(channel)
            if self._task is None:
                self._task = asyncio.create_task(self._read())
            yield changed
        finally:
            listeners = self._listeners[channel]
            listeners.discard(changed)
            if not listeners:
                del self._listeners[channel]
                with suppress(RedisError, OSError):
                    async with self._one_at_a_time:
                        if channel not in self._listeners:
                            await self._pubsub.unsubscribe(channel)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        with suppress(RedisError, OSError):
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]

    async def _read(self) -> None:
        while True:
            try:
                if not self._pubsub.subscribed:
                    await asyncio.sleep(0.05)
                    continue
                message = await self._pubsub.get_message(timeout=5)
            except (RedisError, OSError) as error:
                log.warning("feed_away", reason=str(error))
                await asyncio.sleep(0.5)
                await self._subscribe_again()
                continue
            if message is not None:
                self._wake(message["channel"].decode())

    async def _subscribe_again(self) -> None:
        with suppress(RedisError, OSError):
            async with self._one_at_a_time:
                await self._pubsub.reset()
                if self._listeners:
                    await self._pubsub.subscribe(*self._listeners)
            for channel in self._listeners:
                self._wake(channel)

    def _wake(self, channel: str) -> None:
        for changed in self._listeners.get(channel, ()):
            changed.set()
