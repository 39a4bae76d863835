"""Blocking calls that may never come back, for those who have to answer all the same."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Patience:
    """Calls each on a thread of its own, `at_once` at a time. A thread that is given up keeps its place until its call comes back, so that
    there are never more; and none keeps the process from ending."""

    def __init__(self, at_once: int, seconds: float) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._seconds = seconds

    async def call(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `work` returns or raises; TimeoutError where that, with the wait for a place, took too long."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def done(settle: Callable[[Any], None], outcome: Any) -> None:
            self._places.release()
            if not answer.done():
                settle(outcome)

        def run() -> None:
            try:
                settled: tuple[Callable[[Any], None], Any] = (answer.set_result, work(*args, **kwargs))
            except BaseException as error:
                settled = (answer.set_exception, error)
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(done, *settled)

        async with asyncio.timeout(self._seconds):
            await self._places.acquire()
            threading.Thread(target=run, name=getattr(work, "__name__", "call"), daemon=True).start()
            return await answer
