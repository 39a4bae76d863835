"""Customers who watch their alerts as they come, resume what breaks, break off themselves now and then, and acknowledge some."""

from __future__ import annotations

import asyncio
import json
import random
import threading
from collections.abc import AsyncIterator, Coroutine
from typing import Any, NamedTuple

import httpx

from shared.clock import Micros, now
from shared.settings import service_url
from tests.chaos.mybank.world import Wallet

BREAKS_OFF_AFTER_SECONDS = (5.0, 40.0)
SILENCE_SECONDS = 40.0
"""More than twice the time between two signs of life of a stream: then it is taken for broken."""
RETRY_SECONDS = 0.3
ACKNOWLEDGED = 0.1
"""Of the alerts that are seen."""


class Sent(NamedTuple):
    """An event of a stream."""

    place: int
    alert: dict[str, Any]
    arrived_at: Micros


class Watchers:
    """All on one thread, with an event loop of its own."""

    def __init__(self, wallet: Wallet, seed: int) -> None:
        self._wallet = wallet
        self._chance = random.Random(seed)
        self.sent: dict[str, list[Sent]] = {}
        self.acknowledged: set[tuple[str, str]] = set()
        """User and alert, once it was answered."""
        self.refused: list[str] = []
        """What was answered with neither success nor 503."""
        self.connections = 0
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = httpx.AsyncClient(
            base_url=service_url("mybank", "alerts-api"),
            timeout=httpx.Timeout(SILENCE_SECONDS, connect=2),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=20),
            trust_env=False,
        )
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def watch(self, user_id: str) -> threading.Event:
        """Set once the stream has a place: from there on nothing may be missed."""
        placed = threading.Event()
        self.sent[user_id] = []
        self._loop.call_soon_threadsafe(self._start, self._watch(user_id, placed))
        return placed

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _watch(self, user_id: str, placed: threading.Event) -> None:
        last = ""
        while True:
            headers = self._wallet.headers(user_id) | ({"last-event-id": last} if last else {})
            self.connections += 1
            try:
                async with (
                    asyncio.timeout(self._chance.uniform(*BREAKS_OFF_AFTER_SECONDS)),
                    self._client.stream("GET", f"/v1/users/{user_id}/alerts/stream", headers=headers) as answer,
                ):
                    if answer.status_code not in (200, 503):
                        self.refused.append(f"the stream of {user_id}: {answer.status_code}")
                    answer.raise_for_status()
                    async for fields in _messages(answer.aiter_text()):
                        last = fields.get("id", last)
                        placed.set()
                        if "data" in fields:
                            self._take(user_id, int(last), json.loads(fields["data"]))
            except (httpx.HTTPError, TimeoutError):
                pass
            await asyncio.sleep(RETRY_SECONDS)

    def _take(self, user_id: str, place: int, alert: dict[str, Any]) -> None:
        self.sent[user_id].append(Sent(place, alert, now()))
        if self._chance.random() < ACKNOWLEDGED:
            self._start(self._acknowledge(user_id, alert["alert_id"]))

    async def _acknowledge(self, user_id: str, alert_id: str) -> None:
        """Until it is answered."""
        path, headers = f"/v1/users/{user_id}/alerts/{alert_id}/acknowledge", self._wallet.headers(user_id)
        while True:
            try:
                answer = await self._client.post(path, headers=headers)
            except httpx.TransportError:
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if answer.status_code == 200:
                self.acknowledged.add((user_id, alert_id))
                return
            if answer.status_code != 503:
                self.refused.append(f"an acknowledgement of {alert_id}: {answer.status_code} {answer.text[:100]}")
                return
            await asyncio.sleep(RETRY_SECONDS)


async def _messages(chunks: AsyncIterator[str]) -> AsyncIterator[dict[str, str]]:
    """The fields of each message that came whole; comments are none."""
    text = ""
    async for chunk in chunks:
        text += chunk
        while "\n\n" in text:
            block, text = text.split("\n\n", 1)
            fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
            if fields:
                yield fields
