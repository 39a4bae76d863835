"""What the `__main__` of every faust service does: logs, health, the app in a uvloop until SIGTERM."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import faust
import uvloop

from shared.health import Health, serve_health
from shared.logging import configure_logging, get_logger
from shared.settings import ServiceSettings
from shared.watchdog import Watchdog

log = get_logger(__name__)

Background = Callable[[], Coroutine[Any, Any, None]]


def run_faust(settings: ServiceSettings, build: Callable[[Health], tuple[faust.App, Watchdog, Background]]) -> None:
    """Run until SIGTERM or SIGINT; exits with 1 where the app crashed.

    `build` is called inside the loop and may block: nothing else runs yet. What it returns as `Background` runs beside the agents.
    """
    configure_logging(settings.name, settings.log_level)
    uvloop.install()
    if not asyncio.run(_run(settings, build)):
        sys.exit(1)


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
    log.info("started", group=app.conf.id)
    beside = loop.create_task(background())
    stopping = loop.create_task(stop.wait())
    crashed = loop.create_task(app._crashed.wait())
    await asyncio.wait({stopping, crashed, ticking, beside}, return_when=asyncio.FIRST_COMPLETED)
    ticking.cancel()
    beside.cancel()
    if not stop.is_set():
        log.error("app_crashed", reason=repr(app._crash_reason))
        return False
    await app.stop()
    log.info("stopped")
    return True
