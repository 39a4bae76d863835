"""lake-keeper: are the tables still quick to read?

Reads: the Delta tables of both layers.
Writes: the same rows in fewer files; removes files that no version within the retention needs.
Guarantee: no row changes, and who reads a version that is younger than the retention keeps reading. Writers go on meanwhile; a round that
loses against one is tried again in the next.
Left out: more than one keeper at a time is harmless, and useless.
"""

from __future__ import annotations

import asyncio

from services.ingestion.contracts.lake import Layer, lake
from services.ingestion.contracts.sources import sources
from services.ingestion.lake_keeper.settings import LakeKeeperSettings
from services.ingestion.lake_keeper.store import keep
from shared.health import Health
from shared.job import run_job
from shared.logging import get_logger
from shared.patience import Patience
from shared.stores import StoreUnavailableError

log = get_logger(__name__)

KEEP_SECONDS = 600.0
"""HDFS's native client waits for ever, and the other layer's tables are to be kept meanwhile."""


async def rounds(settings: LakeKeeperSettings, health: Health) -> None:
    """Until cancelled."""
    away: dict[str, str] = {}
    health.add_ready("tables", lambda: "; ".join(away.values()) or None)
    patience = {layer: Patience(1, KEEP_SECONDS) for layer in Layer}
    while True:
        for layer in Layer:
            for name in sources():
                place = f"{layer}/{name}"
                try:
                    done = await patience[layer].call(keep, lake(layer, settings), name, settings.retention_hours)
                    away.pop(place, None)
                    if done:
                        log.info("kept", table=place, **done._asdict())
                except (StoreUnavailableError, TimeoutError) as error:
                    reason = str(error) or f"no answer for {KEEP_SECONDS:g} s"
                    away[place] = f"{place}: {reason}"
                    log.warning("not_kept", table=place, reason=reason)
        await asyncio.sleep(settings.every_seconds)


def main() -> None:
    settings = LakeKeeperSettings()
    run_job(settings, lambda health: rounds(settings, health))


if __name__ == "__main__":
    main()
