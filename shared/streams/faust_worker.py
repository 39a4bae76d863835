"""What the `__main__` of every faust service does: logs, health, the app in a uvloop until SIGTERM."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import faust
import uvloop

from shared.health import Health, serve_health
from shared.logging import configure_logging, get_logger
from shared.settings import ServiceSettings
from shared.streams.faust_app import gather_fetches
from shared.streams.watchdog import Watchdog

log = get_logger(__name__)

Background = Callable[[], Coroutine[Any, Any, None]]


def run_faust(settings: ServiceSettings, build: Callable[[Health], tuple[faust.App, Watchdog, Background]]) -> None:
    """Run until SIGTERM or SIGINT; exits with 1 where the app crashed.

    `build` is called inside the loop and may block: nothing else runs yet. What it returns as `Background` runs beside the agents.
    """
    configure_logging(settings.name, settings.log_level)
    uvloop.install()
    stopped = asyncio.run(_run(settings, build))
    # Not sys.exit: threads of faust that were left behind would keep the process.
    sys.stdout.flush()
    os._exit(0 if stopped else 1)


async def _run(settings: ServiceSettings, build: Callable[[Health], tuple[faust.App, Watchdog, Background]]) -> bool:
    health = Health()
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app, watchdog, background = build(health)
    serve_health(health, settings.host, settings.port)
    app.finalize()
    ticking = watchdog.start()
    await app.start()
    gather_fetches(app)
    log.info("started", group=app.conf.id)
    ended = await _first_to_end(
        stop=loop.create_task(stop.wait()),
        crash=loop.create_task(app._crashed.wait()),
        watchdog=ticking,
        background=loop.create_task(background()),
    )
    if ended == "stop":
        await app.stop()
        log.info("stopped")
    else:
        log.error("worker_ends", because=ended, reason=repr(app._crash_reason))
    return ended == "stop"


async def _first_to_end(**tasks: asyncio.Task[Any]) -> str:
    """The name of the task that ended first; the others are cancelled."""
    await asyncio.wait(tasks.values(), return_when=asyncio.FIRST_COMPLETED)
    ended = next(name for name, task in tasks.items() if task.done())
    for name, task in tasks.items():
        if not task.done():
            task.cancel()
        elif not task.cancelled() and task.exception() is not None:
            log.error("task_failed", task=name, exc_info=task.exception())
    return ended
