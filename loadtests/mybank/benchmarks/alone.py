"""One stage alone, as a process that shows its progress as a worker does.

commit EVENTS CONNECTIONS ROWS   inserts so many rows, so many of them in a commit, over so many connections
consume EVENTS GROUP             reads transactions as the runner reads, and looks at nothing
decode EVENTS GROUP              reads and decodes them
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from random import Random

import psycopg
from confluent_kafka import Consumer

from loadtests.bench.stage import consuming, run_stage
from loadtests.mybank.bookings import INSERT, bookings, user_ids
from services.mybank.contracts.bank_transactions import BankTransactions
from services.mybank.contracts.topics import BANK_TRANSACTIONS
from services.mybank.core_bank.settings import CoreBankSettings
from shared import metrics
from shared.consumer.client import consumer_config
from shared.registry import HttpSchemaRegistry
from shared.settings import ServiceSettings
from shared.streams.transactional_runner import BATCH_SIZE

HANDLED = metrics.HANDLED.labels(BANK_TRANSACTIONS.name)


def commit(settings: ServiceSettings, events: int, connections: str, rows: str) -> Callable[[], None]:
    url, size = CoreBankSettings().database_url, int(rows)
    share = events // int(connections)

    def teller(number: int) -> None:
        made = bookings(user_ids(f"commit-{number}", 1000), [], Random(number))
        with psycopg.connect(url, autocommit=True) as connection:
            for _ in range(share // size):
                if size == 1:
                    connection.execute(INSERT, next(made).row, prepare=True).fetchone()
                else:
                    with connection.transaction(), connection.cursor() as cursor:
                        cursor.executemany(INSERT, [booking.row for booking in islice(made, size)])
                HANDLED.inc(size)

    def run() -> None:
        with ThreadPoolExecutor(int(connections)) as pool:
            list(pool.map(teller, range(int(connections))))

    return run


def decode(settings: ServiceSettings, events: int, group: str) -> Callable[[], None]:
    codec = BankTransactions(HttpSchemaRegistry(settings.registry))
    consumer = Consumer(consumer_config(settings.kafka.client(), group, settings.instance))
    consumer.subscribe([BANK_TRANSACTIONS.name])

    def run() -> None:
        while True:
            if (first := consumer.poll(0.25)) is not None:
                messages = [first, *consumer.consume(BATCH_SIZE - 1, 0)]
                for message in messages:
                    codec.decode(message.value())
                HANDLED.inc(len(messages))

    return run


if __name__ == "__main__":
    run_stage({"commit": commit, "consume": consuming(BANK_TRANSACTIONS.name, BATCH_SIZE), "decode": decode})
