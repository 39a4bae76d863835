"""Ends a faust worker that no longer works, so that the supervisor starts it anew: a restart takes seconds, a stall lasts for ever.

Three ways to be stuck were seen: partitions kept after a rebalance without events, a loop that hangs, and a process that was stopped
(SIGSTOP, a frozen machine) longer than its session and comes back to write what is another's by now.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from shared.consumer.client import SESSION_TIMEOUT_MS
from shared.health import Health
from shared.logging import get_logger

log = get_logger(__name__)

STUCK_SECONDS = 20.0
"""For a rebalance or a recovery without progress, and for a loop that hangs."""
STALLED_SECONDS = 8.0
"""For a worker that is ready, has records, and handles none: after a kill -9 in the middle of a join, faust is seen to do so for ever."""
TICK_SECONDS = 0.5
EXIT_CODE = 70


class Watchdog:
    """`start()` inside the worker's loop. `exit_process` is os._exit, or a test's stand-in."""

    def __init__(self, app: Any, health: Health, exit_process: Callable[[int], Any] = os._exit) -> None:
        self._app = app
        self._exit = exit_process
        self._ticked = time.monotonic()
        self._handled: dict[str, int] = {}
        self._progress: object = None
        self._progress_at = time.monotonic()
        self._reason: str | None = "starting"
        health.add_live("event_loop", self._check_loop)
        health.add_ready("faust", lambda: self._reason)

    def handled(self, topic: str) -> None:
        self._handled[topic] = self._handled.get(topic, 0) + 1

    def is_ready(self) -> bool:
        return self._reason is None

    def fence(self) -> None:
        """Call before a write: ends a process that slept past its session, since its partitions may be another's."""
        asleep = time.monotonic() - self._ticked
        if asleep > SESSION_TIMEOUT_MS / 1000:
            self._end(f"asleep for {asleep:.1f} s, longer than the session")

    def start(self) -> asyncio.Task[None]:
        threading.Thread(target=self._watch_loop, name="watchdog", daemon=True).start()
        return asyncio.get_running_loop().create_task(self._turn())

    async def _turn(self) -> None:
        while True:
            self.tick()
            await asyncio.sleep(TICK_SECONDS)

    def tick(self) -> None:
        """One look at the worker; called twice a second on its loop."""
        self.fence()
        self._ticked = time.monotonic()
        try:
            self._reason = self._not_ready()
            self._look_for_progress()
        except Exception as error:  # partitions may go between two questions to the client
            self._reason = f"not to be told: {error!r}"

    def _not_ready(self) -> str | None:
        app = self._app
        if not app.started:
            return "starting"
        if app.rebalancing:
            return "rebalancing"
        if not app.tables.recovery.completed.is_set():
            return "recovering its tables"
        behind = self._behind()
        return f"{behind} records behind" if behind > 10_000 else None

    def _behind(self) -> int:
        consumer = self._app.consumer
        total = 0
        for tp in consumer.assignment():
            if tp.topic in self._sources:
                highwater = consumer.highwater(tp) or 0
                total += max(0, highwater - (consumer._committed_offset.get(tp) or 0))
        return total

    @property
    def _sources(self) -> set[str]:
        return set(self._app.agents)

    def _look_for_progress(self) -> None:
        """Progress: ready with nothing to do, become ready or no longer so, records handled, or a table's recovery advancing."""
        recovery = self._app.tables.recovery
        restored = [sum(offset or 0 for offset in offsets.values()) for offsets in (recovery.active_offsets, recovery.standby_offsets)]
        progress = (self._reason is None, tuple(self._handled.values()), restored if self._app.started else None)
        idle = self._reason is None and self._behind() == 0
        if idle or progress != self._progress:
            self._progress, self._progress_at = progress, time.monotonic()
            return
        limit = STUCK_SECONDS if self._reason else STALLED_SECONDS
        if time.monotonic() - self._progress_at > limit:
            self._end(f"no progress for {limit:g} s: {self._reason or 'records wait'}")

    def _inside(self) -> dict[str, Any]:
        """What faust's consumer believes, for whoever looks for the cause of a stall: it is gone with the process."""
        try:
            consumer, fetcher = self._app.consumer, self._app._fetcher
            sources = [tp for tp in consumer.assignment() if tp.topic in self._sources]
            behind = {tp: (consumer._committed_offset.get(tp), consumer._read_offset.get(tp), consumer.highwater(tp)) for tp in sources}
            return {
                "flow": consumer.flow_active,
                "fetcher": f"{fetcher.state}, crashed: {fetcher.crashed}",
                "unacknowledged": len(consumer._unacked_messages),
                "inactive": [f"{tp.topic}-{tp.partition}" for tp in sources if tp not in consumer._active_partitions],
                "committed_read_end": {f"{tp.topic}-{tp.partition}": places for tp, places in behind.items() if places[0] != places[2]},
                "generation": self._app.consumer_generation_id,
            }
        except Exception as error:  # it may be broken in any way
            return {"unknown": repr(error)}

    def _check_loop(self) -> str | None:
        silent = time.monotonic() - self._ticked
        return f"the event loop hangs since {silent:.0f} s" if silent > STUCK_SECONDS else None

    def _watch_loop(self) -> None:
        while True:
            time.sleep(1)
            reason = self._check_loop()
            if reason:
                self._end(reason)

    def _end(self, reason: str) -> None:
        log.error("watchdog_ends_worker", reason=reason, faust=self._inside())
        self._exit(EXIT_CODE)
