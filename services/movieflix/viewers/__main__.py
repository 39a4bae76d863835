"""viewers: what does a household look like that is always watching?

Reads: the catalogue of public-domain films that ships with the project.
Writes: HTTP, shows to catalog-api, positions and ratings to playback-api, at a rate that can be set.
Guarantee: an event keeps its id while it is sent again; catalogue and past ratings have fixed ids, so a restart changes nothing of them.
Left out: realism. Tastes are two or three genres, and nobody looks at recommendations.
"""

from __future__ import annotations

from services.movieflix.contracts.topics import CASE_DIR
from services.movieflix.viewers.app import Simulator, load_films
from services.movieflix.viewers.settings import ViewersSettings
from shared import clock
from shared.health import Health
from shared.http.client import ApiClient
from shared.job import run_job
from shared.settings import service_url

FILMS = CASE_DIR / "catalogue" / "public_domain_films.json"


async def simulate(settings: ViewersSettings, health: Health) -> None:
    """Until cancelled."""
    async with (
        ApiClient(service_url("movieflix", "playback-api")) as playback,
        ApiClient(service_url("movieflix", "catalog-api")) as catalog,
    ):
        simulator = Simulator(load_films(FILMS), settings.count, settings.seed, playback, catalog, clock.now)
        health.add_ready("past", simulator.check)
        await simulator.prepare()
        await simulator.watch(settings.events_per_second)


def main() -> None:
    settings = ViewersSettings()
    run_job(settings, lambda health: simulate(settings, health))


if __name__ == "__main__":
    main()
