"""Customers who want to hear of large transactions, and follow their stream of alerts."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import suppress

import aiohttp

from loadtests.mybank.bookings import THRESHOLD
from loadtests.mybank.tokens import bearer
from shared.clock import from_rfc3339
from shared.settings import service_url

MOST_LISTED = 1000


class Watchers:
    """Each has one threshold and one stream, open from `open` to `close`. Raises aiohttp.ClientError."""

    def __init__(self, session: aiohttp.ClientSession, user_ids: Sequence[str]) -> None:
        self._session = session
        self._headers = {user_id: bearer(user_id) for user_id in user_ids}
        self._streams: list[asyncio.Task[None]] = []
        self._changed = asyncio.Event()
        self._settings, self._alerts = (service_url("mybank", name) for name in ("settings-api", "alerts-api"))
        self.arrived: defaultdict[int, list[float]] = defaultdict(list)
        """By transaction, when its alerts came on the stream (time.perf_counter()); more than one is one too many."""
        self.raised: dict[int, float] = {}
        """By transaction, when the alert processor judged it, on the same clock."""
        self._clocks_apart = time.time() - time.perf_counter()

    async def open(self) -> None:
        """Returns once every threshold is in force and every stream is connected."""
        await asyncio.gather(*(self._set(user_id) for user_id in self._headers))
        answers = await asyncio.gather(*(self._connect(user_id) for user_id in self._headers))
        self._streams = [asyncio.create_task(self._read(answer)) for answer in answers]

    async def wait_for(self, transactions: set[int], seconds: float) -> None:
        """Until each has come on a stream, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while transactions - self.arrived.keys():
                    self._changed.clear()
                    await self._changed.wait()

    def require_open(self) -> None:
        """Raises what a stream has ended with."""
        for stream in self._streams:
            if stream.done():
                stream.result()
                raise aiohttp.ClientPayloadError("a stream of alerts has ended")

    async def listed(self) -> Counter[int]:
        """How often each transaction is in a customer's list of alerts."""
        found: Counter[int] = Counter()
        for user_id, headers in self._headers.items():
            before = ""
            while True:
                url = f"{self._alerts}/v1/users/{user_id}/alerts"
                params = {"limit": str(MOST_LISTED), **({"before": before} if before else {})}
                async with self._session.get(url, params=params, headers=headers, raise_for_status=True) as answer:
                    items = (await answer.json())["items"]
                found.update(item["transaction_id"] for item in items)
                if len(items) < MOST_LISTED:
                    break
                before = items[-1]["alert_id"]
        return found

    async def close(self) -> None:
        for stream in self._streams:
            stream.cancel()
        await asyncio.gather(*self._streams, return_exceptions=True)

    async def _set(self, user_id: str) -> None:
        url = f"{self._settings}/v1/users/{user_id}/thresholds/large"
        body = {"direction": "debit", "amount": THRESHOLD, "currency": "EUR"}
        async with self._session.put(url, json=body, headers=self._headers[user_id], raise_for_status=True) as answer:
            await answer.read()

    async def _connect(self, user_id: str) -> aiohttp.ClientResponse:
        url = f"{self._alerts}/v1/users/{user_id}/alerts/stream"
        timeout = aiohttp.ClientTimeout(total=None, connect=30)
        return await self._session.get(url, headers=self._headers[user_id], timeout=timeout, raise_for_status=True)

    async def _read(self, answer: aiohttp.ClientResponse) -> None:
        async with answer:
            async for line in answer.content:
                if line.startswith(b"data: "):
                    alert = json.loads(line[6:])
                    self.arrived[alert["transaction_id"]].append(time.perf_counter())
                    self.raised[alert["transaction_id"]] = from_rfc3339(alert["raised_at"]) / 1e6 - self._clocks_apart
                    self._changed.set()
