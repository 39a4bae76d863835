"""core-bank: what does a bank look like that has been there all along?

Reads: nothing.
Writes: PostgreSQL, the table bank_transactions: bookings, corrections, reversals.
Guarantee: a customer's changes are committed in the order in which they happen. It knows nothing of Kafka.
Left out: balances and limits; what the database refused is not booked again.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import suppress
from itertools import chain
from random import Random

from services.mybank.contracts.household import HOUSEHOLD
from services.mybank.core_bank.app import Bank
from services.mybank.core_bank.domain import customers, days, openings
from services.mybank.core_bank.settings import CoreBankSettings
from services.mybank.core_bank.store import Teller
from shared import clock
from shared.health import Health, Heartbeat, serve_health
from shared.logging import configure_logging, get_logger

log = get_logger(__name__)

HUNG_AFTER_SECONDS = 30.0


async def simulate(settings: CoreBankSettings) -> None:
    """Until cancelled."""
    bank = Bank(settings.tellers, lambda: Teller(settings.database_url))
    heartbeat = Heartbeat(HUNG_AFTER_SECONDS)
    health = Health()
    health.add_live("event_loop", heartbeat.check)
    health.add_ready("database", bank.check)
    serve_health(health, settings.host, settings.port)
    # Seeded with the time too: after a restart another day begins.
    rng = Random(f"{settings.seed}:{clock.now()}")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_beat(heartbeat))
        user_ids = customers(settings.customers, settings.seed)
        steps = chain(openings(user_ids[: len(HOUSEHOLD)]), days(user_ids, rng))
        await bank.open(steps, settings.transactions_per_second)


async def _beat(heartbeat: Heartbeat) -> None:
    while True:
        heartbeat.beat()
        await asyncio.sleep(1)


async def run(settings: CoreBankSettings) -> None:
    task = asyncio.ensure_future(simulate(settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def main() -> None:
    settings = CoreBankSettings()
    configure_logging(settings.name, settings.log_level)
    try:
        asyncio.run(run(settings))
    except Exception:
        log.exception("stopped_by_error")
        sys.exit(1)


if __name__ == "__main__":
    main()
