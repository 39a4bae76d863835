"""The reading side of the view that resume-projector keeps."""

from __future__ import annotations

from typing import Any

from redis.asyncio import Redis

from services.movieflix.contracts.stores import continue_key, resume_key
from shared.stores.gathered import GatheredReads
from shared.stores.valkey import unavailable_store


class ValkeyPositions:
    def __init__(self, client: Redis) -> None:
        self._client = client
        self._reads = GatheredReads(client)

    async def position(self, user_id: str, show_id: str) -> bytes | None:
        with unavailable_store():
            stored: Any = await self._reads.execute("HGET", resume_key(user_id), show_id)
        return _body(stored) if stored else None

    async def unfinished(self, user_id: str, limit: int) -> list[bytes]:
        with unavailable_store():
            shows: list[Any] = await self._client.zrange(continue_key(user_id), 0, limit - 1, desc=True)
            if not shows:
                return []
            stored: list[Any] = await self._client.hmget(resume_key(user_id), shows)
        return [_body(value) for value in stored if value]

    async def close(self) -> None:
        await self._client.aclose()


def _body(stored: bytes) -> bytes:
    """The projector writes `<version>|<answer>`; no version holds a bar."""
    return stored.partition(b"|")[2]
