"""What the `__main__` of simulators and of scheduled work does: logs, health, one coroutine that goes on until SIGTERM."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from shared.health import Health, Heartbeat, serve_health
from shared.logging import configure_logging, get_logger
from shared.settings import ServiceSettings

log = get_logger(__name__)

HUNG_AFTER_SECONDS = 30.0


def run_job(settings: ServiceSettings, work: Callable[[Health], Coroutine[Any, Any, None]]) -> None:
    """Until SIGTERM or SIGINT. Exits with 1 where `work` raises; it adds its own checks to the health that is served."""
    configure_logging(settings.name, settings.log_level)
    try:
        asyncio.run(_run(settings, work))
    except Exception:
        log.exception("stopped_by_error")
        sys.exit(1)


async def _run(settings: ServiceSettings, work: Callable[[Health], Coroutine[Any, Any, None]]) -> None:
    task = asyncio.ensure_future(_alive(settings, work))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


async def _alive(settings: ServiceSettings, work: Callable[[Health], Coroutine[Any, Any, None]]) -> None:
    heartbeat = Heartbeat(HUNG_AFTER_SECONDS)
    health = Health()
    health.add_live("event_loop", heartbeat.check)
    serve_health(health, settings.host, settings.port)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_beat(heartbeat))
        await work(health)


async def _beat(heartbeat: Heartbeat) -> None:
    while True:
        heartbeat.beat()
        await asyncio.sleep(1)
