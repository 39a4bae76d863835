"""The reading side of the views that recommendations-projector keeps."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

from redis.asyncio import Redis

from services.movieflix.contracts.stores import POPULAR_KEY, profile_key, recommendations_channel, recommendations_key
from services.movieflix.recommendations_api.app import Stored
from shared.stores.feed import ChangeFeed
from shared.stores.valkey import unavailable_store


class ValkeyRecommendations:
    def __init__(self, client: Redis) -> None:
        self._client = client
        self._feed = ChangeFeed(client)

    async def profile(self, user_id: str) -> bytes | None:
        stored = await self._read(profile_key(user_id))
        return stored.body if stored else None

    async def recommendations(self, user_id: str) -> Stored | None:
        return await self._read(recommendations_key(user_id))

    async def popular(self) -> Stored | None:
        return await self._read(POPULAR_KEY)

    def changes(self, user_id: str) -> AbstractAsyncContextManager[asyncio.Event]:
        return self._feed.listen(recommendations_channel(user_id))

    async def close(self) -> None:
        await self._feed.close()
        await self._client.aclose()

    async def _read(self, key: str) -> Stored | None:
        with unavailable_store():
            values: Any = await self._client.hmget(key, ["version", "body"])
        version, body = values
        return Stored(version.decode(), body) if body else None
