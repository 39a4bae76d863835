"""The reading side of the views that alerts-projector keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from redis.asyncio import Redis

from services.mybank.alerts_api.domain import Stored
from services.mybank.contracts.stores import acknowledged_key, alert_order_key, alerts_channel, alerts_key
from shared.clock import Micros
from shared.stores.feed import ChangeFeed
from shared.stores.valkey import unavailable_store

END = 2**53


class ValkeyAlerts:
    """Each call raises StoreUnavailableError."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._feed = ChangeFeed(client)

    async def newest(self, user_id: str, below: int, limit: int) -> list[Stored]:
        return await self._between(user_id, f"({below}", 0, limit, desc=True)

    async def after(self, user_id: str, place: int, limit: int) -> list[Stored]:
        return await self._between(user_id, f"({place}", END, limit, desc=False)

    async def one(self, user_id: str, alert_id: str) -> Stored | None:
        with unavailable_store():
            place: float | None = await self._client.zscore(alert_order_key(user_id), alert_id)
        found = await self._read(user_id, [(alert_id.encode(), place)]) if place is not None else []
        return found[0] if found else None

    async def acknowledge(self, user_id: str, alert_id: str, at: Micros) -> None:
        with unavailable_store():
            await self._client.hsetnx(acknowledged_key(user_id), alert_id, str(at))

    def changes(self, user_id: str) -> AbstractAsyncContextManager[asyncio.Event]:
        return self._feed.listen(alerts_channel(user_id))

    async def close(self) -> None:
        await self._feed.close()
        await self._client.aclose()

    async def _between(self, user_id: str, start: str, end: int, limit: int, *, desc: bool) -> list[Stored]:
        key = alert_order_key(user_id)
        with unavailable_store():
            places: Any = await self._client.zrange(key, start, end, desc=desc, byscore=True, offset=0, num=limit, withscores=True)
        return await self._read(user_id, places)

    async def _read(self, user_id: str, places: Sequence[tuple[bytes, float]]) -> list[Stored]:
        if not places:
            return []
        ids = [alert_id for alert_id, _ in places]
        with unavailable_store():
            bodies: Any = await self._client.hmget(alerts_key(user_id), ids)
            times: Any = await self._client.hmget(acknowledged_key(user_id), ids)
        return [
            Stored(alert_id.decode(), int(place), body, int(time) if time else None)
            for (alert_id, place), body, time in zip(places, bodies, times, strict=True)
            if body
        ]
