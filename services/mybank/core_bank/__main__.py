"""core-bank: what does a bank look like that has been there all along?

Reads: nothing.
Writes: PostgreSQL, the table bank_transactions: bookings, corrections, reversals.
Guarantee: a customer's changes are committed in the order in which they happen. It knows nothing of Kafka.
Left out: balances and limits; what the database refused is not booked again.
"""

from __future__ import annotations

from itertools import chain
from random import Random

from services.mybank.contracts.household import HOUSEHOLD
from services.mybank.core_bank.app import Bank
from services.mybank.core_bank.domain import customers, days, openings
from services.mybank.core_bank.settings import CoreBankSettings
from services.mybank.core_bank.store import Teller
from shared import clock
from shared.health import Health
from shared.job import run_job


async def simulate(settings: CoreBankSettings, health: Health) -> None:
    """Until cancelled."""
    bank = Bank(settings.tellers, lambda: Teller(settings.database_url))
    health.add_ready("database", bank.check)
    # Seeded with the time too: after a restart another day begins.
    rng = Random(f"{settings.seed}:{clock.now()}")
    user_ids = customers(settings.customers, settings.seed)
    steps = chain(openings(user_ids[: len(HOUSEHOLD)]), days(user_ids, rng))
    await bank.open(steps, settings.transactions_per_second)


def main() -> None:
    settings = CoreBankSettings()
    run_job(settings, lambda health: simulate(settings, health))


if __name__ == "__main__":
    main()
