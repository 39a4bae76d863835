"""The simulator's outside: several tellers, each with customers of its own, at a steady rate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Protocol
from zlib import crc32

import psycopg

from services.mybank.core_bank.domain import Step
from shared.logging import get_logger

log = get_logger(__name__)

SHORTEST_TICK_SECONDS = 0.02
LONGEST_QUEUE = 1000
"""Of one teller: a database that cannot follow slows the day down."""


class Teller(Protocol):
    async def book(self, step: Step) -> None:
        """Raises psycopg.Error."""

    async def close(self) -> None: ...


class Bank:
    """A customer's steps go to one teller, so that they are committed in the order in which they happen."""

    def __init__(self, tellers: int, open_teller: Callable[[], Teller]) -> None:
        self._queues: list[asyncio.Queue[Step]] = [asyncio.Queue(LONGEST_QUEUE) for _ in range(tellers)]
        self._open_teller = open_teller
        self._reason: str | None = None

    def check(self) -> str | None:
        """For Health."""
        return self._reason

    async def open(self, steps: Iterator[Step], per_second: float) -> None:
        """Until cancelled. What the database refused is not booked again: whether it was is not known."""
        async with asyncio.TaskGroup() as tasks:
            for queue in self._queues:
                tasks.create_task(self._serve(queue, self._open_teller()))
            await self._pace(steps, per_second)

    async def _pace(self, steps: Iterator[Step], per_second: float) -> None:
        if not per_second:
            await asyncio.Event().wait()
        tick = max(1 / per_second, SHORTEST_TICK_SECONDS)
        loop = asyncio.get_running_loop()
        due, owed = loop.time(), 0.0
        while True:
            owed += tick * per_second
            for _ in range(int(owed)):
                step = next(steps)
                await self._queues[crc32(step.user_id.encode()) % len(self._queues)].put(step)
            owed -= int(owed)
            # What was missed while the database was away is not made up for.
            due = max(due + tick, loop.time())
            await asyncio.sleep(due - loop.time())

    async def _serve(self, queue: asyncio.Queue[Step], teller: Teller) -> None:
        try:
            while True:
                step = await queue.get()
                try:
                    await teller.book(step)
                except psycopg.Error as error:
                    if self._reason is None:
                        log.warning("database_away", reason=str(error))
                    self._reason = f"the database refuses: {str(error)[:200]}"
                    await asyncio.sleep(0.5)
                else:
                    self._reason = None
        finally:
            await teller.close()
