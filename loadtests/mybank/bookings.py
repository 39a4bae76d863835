"""The bank's own system under load: rows that are inserted when they are due, each committed by itself.

python -m loadtests.mybank.bookings PREFIX CUSTOMERS A_SECOND     books for them until its standard input ends
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from random import Random
from typing import NamedTuple

import psycopg

from loadtests.schedule import even
from services.mybank.contracts.money import to_amount
from services.mybank.core_bank.settings import CoreBankSettings

THRESHOLD = "1000.00"
"""Of who is to be alerted: debits in EUR from here on, each by itself."""
ALERT_EVERY = 12
"""One booking in so many reaches it: 8 %."""
CONNECTIONS = 8
"""A commit waits for the disk; several at a time share that wait."""
PATIENCE_SECONDS = 1.0

INSERT = """
INSERT INTO bank_transactions (account_id, user_id, direction, amount, currency, counterparty, description)
VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id
"""


class Booking(NamedTuple):
    """A debit in EUR."""

    user_id: str
    amount: str
    large: bool
    """Whether it reaches THRESHOLD."""

    @property
    def row(self) -> tuple[str, ...]:
        return f"{self.user_id}:current", self.user_id, "debit", self.amount, "EUR", "Hardware store", "Card payment"


class Committed(NamedTuple):
    """Times are of time.perf_counter()."""

    booking: Booking
    transaction_id: int
    due: float
    sent: float
    at: float
    """When PostgreSQL had answered the commit."""


def user_ids(prefix: str, customers: int) -> list[str]:
    return [f"{prefix}-{number}" for number in range(customers)]


def bookings(watchers: Sequence[str], others: Sequence[str], random: Random, every: int = ALERT_EVERY) -> Iterator[Booking]:
    """Endless: one in `every` is a large one, of the watchers in turn; the rest are small, of anybody."""
    everybody = [*watchers, *others]
    for number in count():
        turn, place = divmod(number, every)
        if place == 0:
            yield Booking(watchers[turn % len(watchers)], to_amount(random.randrange(100_000, 900_000)), True)
        else:
            yield Booking(random.choice(everybody), to_amount(random.randrange(100, 99_900)), False)


class Tellers:
    """Connections as the bank's own role, each on a thread, with that role's synchronous_commit. Raises psycopg.Error."""

    def __init__(self, url: str, connections: int = CONNECTIONS, options: str = "") -> None:
        """`options` are PostgreSQL's, as in `-c synchronous_commit=off`."""
        self._connections = [psycopg.connect(url, autocommit=True, options=options) for _ in range(connections)]

    def durability(self) -> str:
        """What synchronous_commit is."""
        row = self._connections[0].execute("SHOW synchronous_commit").fetchone()
        return str(row and row[0])

    def book(self, due_times: Iterable[float], bookings: Iterator[Booking]) -> list[Committed]:
        """Each as soon as it is due and a connection is free; returns once all are committed."""
        plan = [(due, next(bookings)) for due in due_times]
        numbers = count()
        start = time.perf_counter() + 0.05

        def work(connection: psycopg.Connection[tuple[int]]) -> list[Committed]:
            done = []
            while (number := next(numbers)) < len(plan):
                due, booking = start + plan[number][0], plan[number][1]
                if (wait := due - time.perf_counter()) > 0:
                    time.sleep(wait)
                sent = time.perf_counter()
                row = connection.execute(INSERT, booking.row, prepare=True).fetchone()
                assert row is not None
                done.append(Committed(booking, row[0], due, sent, time.perf_counter()))
            return done

        with ThreadPoolExecutor(len(self._connections)) as pool:
            return [one for done in pool.map(work, self._connections) for one in done]

    def close(self) -> None:
        for connection in self._connections:
            connection.close()


def main(prefix: str, customers: int, rate: float) -> None:
    over = threading.Event()

    def wait_for_the_end() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    tellers, made = Tellers(CoreBankSettings().database_url, 2), bookings(user_ids(prefix, customers), [], Random(prefix), every=2)
    while not over.is_set():
        tellers.book(even(rate, PATIENCE_SECONDS), made)
    tellers.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
