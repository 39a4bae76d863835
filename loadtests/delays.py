"""Delays of events that are sent when they are due, and followed until a client sees what they did."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp

NOT_SEEN_AFTER_SECONDS = 10.0
FIRST_LOOK_SECONDS, LOOK_AGAIN_SECONDS = 0.02, 0.01
"""Looking costs as much as sending: the looks set the resolution, and are no more than that needs."""

Seen = Callable[[], Awaitable[bool]]


@dataclass
class Measurement:
    """Delays of one kind of event."""

    name: str
    rate: float
    bound_seconds: float
    delays: list[float] = field(default_factory=list)
    sent: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    """By what was answered, or raised."""
    unseen: int = 0

    def percentile(self, share: float) -> float:
        """What was never seen counts as the longest wait."""
        longest = max([NOT_SEEN_AFTER_SECONDS, *self.delays])
        ordered = sorted(self.delays) + [longest] * self.unseen
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")

    @property
    def kept(self) -> bool:
        return bool(self.delays) and not self.failures and not self.unseen and self.percentile(0.99) <= self.bound_seconds

    def summary(self) -> dict[str, Any]:
        figures = {f"p{share:g}_ms": round(self.percentile(share / 100) * 1000, 1) for share in (50, 95, 99)}
        counts = {"sent": self.sent, "looked_for": len(self.delays) + self.unseen, "unseen": self.unseen, "failures": dict(self.failures)}
        return {"rate_per_second": self.rate, "bound_p99_ms": self.bound_seconds * 1000, **figures, **counts, "kept": self.kept}


class Arrivals:
    """Sends each event when it is due, and follows it until it is seen."""

    def __init__(self, measurement: Measurement, arrival: Callable[[int], Awaitable[Seen | None]]) -> None:
        """`arrival(number)` sends one; it answers how to find out that it is seen, or None where nobody looks for it."""
        self._measurement = measurement
        self._arrival = arrival
        self._numbers = itertools.count()

    async def run(self, due_times: Iterator[float], *, counted: bool) -> None:
        """Returns once the last has been seen, or given up."""
        loop = asyncio.get_running_loop()
        start = loop.time() + 0.1
        tasks: set[asyncio.Task[None]] = set()
        for due in (start + seconds for seconds in due_times):
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            task = asyncio.ensure_future(self._one(due, counted))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        await asyncio.gather(*tasks)

    async def _one(self, due: float, counted: bool) -> None:
        measurement = self._measurement
        try:
            seen = await self._arrival(next(self._numbers))
            measurement.sent += counted
            delay = await _seen_after(seen, due) if seen else None
        except aiohttp.ClientResponseError as error:
            measurement.failures[f"{error.request_info.url.path.rpartition('/')[2]} {error.status}"] += 1
        except (aiohttp.ClientError, TimeoutError, LookupError) as error:
            measurement.failures[repr(error)] += 1
        else:
            if counted and delay is not None:
                measurement.delays.append(delay)
            elif counted and seen:
                measurement.unseen += 1


async def _seen_after(seen: Seen, due: float) -> float | None:
    """Seconds from when it was due; None where it was given up."""
    loop = asyncio.get_running_loop()
    await asyncio.sleep(max(0.0, due + FIRST_LOOK_SECONDS - loop.time()))
    while not await seen():
        if loop.time() - due > NOT_SEEN_AFTER_SECONDS:
            return None
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return loop.time() - due
