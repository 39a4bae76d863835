"""viewers: what does a household look like that is always watching?

Reads: the catalogue of public-domain films that ships with the project.
Writes: HTTP, shows to catalog-api, positions and ratings to playback-api, at a rate that can be set.
Guarantee: an event keeps its id while it is sent again; catalogue and past ratings have fixed ids, so a restart changes nothing of them.
Left out: realism. Tastes are two or three genres, and nobody looks at recommendations.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress

from services.movieflix.contracts.topics import CASE_DIR
from services.movieflix.viewers.app import Simulator, load_films
from services.movieflix.viewers.settings import ViewersSettings
from shared import clock
from shared.health import Health, Heartbeat, serve_health
from shared.http.client import ApiClient
from shared.logging import configure_logging, get_logger
from shared.settings import service_url

log = get_logger(__name__)

FILMS = CASE_DIR / "catalogue" / "public_domain_films.json"
HUNG_AFTER_SECONDS = 30.0


async def simulate(settings: ViewersSettings) -> None:
    """Until cancelled."""
    async with (
        ApiClient(service_url("movieflix", "playback-api")) as playback,
        ApiClient(service_url("movieflix", "catalog-api")) as catalog,
    ):
        simulator = Simulator(load_films(FILMS), settings.count, settings.seed, playback, catalog, clock.now)
        heartbeat = Heartbeat(HUNG_AFTER_SECONDS)
        health = Health()
        health.add_live("event_loop", heartbeat.check)
        health.add_ready("past", simulator.check)
        serve_health(health, settings.host, settings.port)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_beat(heartbeat))
            await simulator.prepare()
            await simulator.watch(settings.events_per_second)


async def _beat(heartbeat: Heartbeat) -> None:
    while True:
        heartbeat.beat()
        await asyncio.sleep(1)


async def run(settings: ViewersSettings) -> None:
    task = asyncio.ensure_future(simulate(settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def main() -> None:
    settings = ViewersSettings()
    configure_logging(settings.name, settings.log_level)
    try:
        asyncio.run(run(settings))
    except Exception:
        log.exception("stopped_by_error")
        sys.exit(1)


if __name__ == "__main__":
    main()
