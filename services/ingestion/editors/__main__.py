"""editors: what does an encyclopaedia look like that is always being edited?

Reads: nothing.
Writes: HTTP, edits in the shape of wikipedia-edits to ingest-api, at a rate that can be set.
Guarantee: an edit is sent until it is acknowledged; sent twice it counts once.
Left out: realism of the texts.
"""

from __future__ import annotations

import asyncio
from itertools import islice
from random import Random

from services.ingestion.editors.domain import SOURCE, edits
from services.ingestion.editors.settings import EditorsSettings
from shared import clock
from shared.health import Health
from shared.http.client import ApiClient
from shared.job import run_job
from shared.settings import service_url

SHORTEST_TICK_SECONDS = 0.2
"""At more than five edits a second several go in one call."""


async def simulate(settings: EditorsSettings, health: Health) -> None:
    """Until cancelled."""
    if not settings.events_per_second:
        await asyncio.Event().wait()
    stream = edits(Random(clock.now()), clock.now)
    tick = max(1 / settings.events_per_second, SHORTEST_TICK_SECONDS)
    loop = asyncio.get_running_loop()
    due, owed = loop.time(), 0.0
    async with ApiClient(service_url("ingestion", "ingest-api")) as api:
        while True:
            owed += tick * settings.events_per_second
            await api.post(f"/v1/sources/{SOURCE}/events", list(islice(stream, int(owed))))
            owed -= int(owed)
            # What was missed while the API was away is not made up for.
            due = max(due + tick, loop.time())
            await asyncio.sleep(due - loop.time())


def main() -> None:
    settings = EditorsSettings()
    run_job(settings, lambda health: simulate(settings, health))


if __name__ == "__main__":
    main()
