"""Sends sessions in batches over several connections: each user's events go over one of them, in order."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from services.movieflix.replay.movielens import Show
from services.movieflix.replay.sessions import MOST_POSITIONS, PositionBody, RatingBody, Session

BATCH = 1000
CONNECTIONS = 4
SECONDS_PER_BATCH = 0.1
"""Where a rate is set, batches are as small as this asks, so that events flow evenly."""
TOLD_REJECTIONS = 5


class Api(Protocol):
    async def post(self, path: str, body: Any) -> Any:
        """Repeated until it is answered. Raises RefusedError, SilentError."""


@dataclass
class Tally:
    """What was sent, and what came of it."""

    shows: int = 0
    positions: int = 0
    ratings: int = 0
    positions_by_day: Counter[int] = field(default_factory=Counter)
    """Days since the epoch."""
    first_second: int | None = None
    acknowledged: int = 0
    rejected: int = 0
    rejections: list[str] = field(default_factory=list)
    """The first few, in words."""

    @property
    def events(self) -> int:
        return self.positions + self.ratings

    def count(self, session: Session) -> None:
        times = session.position_seconds_since_epoch
        self.positions += len(times)
        self.ratings += 1
        for time in times:
            self.positions_by_day[time // 86_400] += 1
        if self.first_second is None or times[0] < self.first_second:
            self.first_second = times[0]

    def settle(self, sent: Sequence[Any], answer: Any) -> None:
        self.acknowledged += answer["accepted"]
        self.rejected += len(answer["rejected"])
        for item in answer["rejected"][: TOLD_REJECTIONS - len(self.rejections)]:
            self.rejections.append(f"{sent[item['index']]}: {item['detail']}")


@dataclass
class _Load:
    """What one connection sends next: all positions, then all ratings, so that a rating follows its session."""

    positions: list[PositionBody] = field(default_factory=list)
    ratings: list[RatingBody] = field(default_factory=list)


async def send_shows(shows: Sequence[Show], catalog: Api, tally: Tally) -> None:
    for start in range(0, len(shows), BATCH):
        batch = shows[start : start + BATCH]
        tally.settle(batch, await catalog.post("/v1/shows/batch", batch))
        tally.shows += len(batch)


async def send_sessions(sessions: Iterable[Session], playback: Api, tally: Tally, rate: float | None) -> None:
    """All sessions, at `rate` events a second or as fast as they are acknowledged. Raises what a call raises."""
    queues: list[asyncio.Queue[_Load | None]] = [asyncio.Queue(1) for _ in range(CONNECTIONS)]
    async with asyncio.TaskGroup() as tasks:
        for queue in queues:
            tasks.create_task(_send(queue, playback, tally))
        async for number, load in _loads(sessions, tally, rate):
            await queues[number].put(load)
        for queue in queues:
            await queue.put(None)


async def _loads(sessions: Iterable[Session], tally: Tally, rate: float | None) -> AsyncIterator[tuple[int, _Load]]:
    """Loads for each connection, at the rate."""
    size = BATCH if rate is None else max(1, min(BATCH, int(rate * SECONDS_PER_BATCH)))
    loop = asyncio.get_running_loop()
    started, before = loop.time(), tally.events
    filling = [_Load() for _ in range(CONNECTIONS)]
    for session in sessions:
        tally.count(session)
        number = int(session.rating.user_id) % CONNECTIONS
        load = filling[number]
        load.positions += session.positions
        load.ratings.append(session.rating)
        if len(load.positions) + MOST_POSITIONS > size:
            filling[number] = _Load()
            yield number, load
            if rate is not None:
                await asyncio.sleep(started + (tally.events - before) / rate - loop.time())
    for number, load in enumerate(filling):
        if load.ratings:
            yield number, load


async def _send(loads: asyncio.Queue[_Load | None], playback: Api, tally: Tally) -> None:
    while (load := await loads.get()) is not None:
        for path, items in (("/v1/positions/batch", load.positions), ("/v1/ratings/batch", load.ratings)):
            tally.settle(items, await playback.post(path, items))
