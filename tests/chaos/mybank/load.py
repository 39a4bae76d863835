"""A bank at work: branches whose customers come and go, spend, are booked late and put right, and change their minds on thresholds."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from random import Random

import psycopg

from tests.chaos.flow import PATIENCE_SECONDS, NotAcceptedError
from tests.chaos.mybank.receiver import MOODY, Receiver
from tests.chaos.mybank.settings_desk import SettingsDesk, StoppedError
from tests.chaos.mybank.watchers import Watchers
from tests.chaos.mybank.world import Wallet, World

BRANCHES = 4
CUSTOMERS_AT_ONCE = 6
"""Of a branch."""
CHANGES_OF_A_CUSTOMER = 100
"""Then another comes: the plain model computes everything of a customer anew after each change."""
SETTINGS_A_CHANGE = 0.1
WATCHED_EACH, WEBHOOK_EACH = 3, 2
RECONNECT_SECONDS = 0.2
CORRECTED, REVERSED, TOGETHER, ROLLED_BACK, TRANSFERRED, LATE = 0.08, 0.06, 0.05, 0.02, 0.04, 0.08
LATE_BY_SECONDS, VERY_LATE_BY_SECONDS = 20.0, 7200.0
"""Into the time of an earlier version; beyond the shortest window. Nothing is booked ahead: that is judged by the time of the commit, which
only the connector's record tells, and the recomputation is to rest on the database alone."""
LARGE, HOUR, DAY = "large", "hour", "day"
WINDOWS = {LARGE: None, HOUR: 1, DAY: 24}
AMOUNTS = {LARGE: (100, 200), HOUR: (300, 2_000), DAY: (1_000, 6_000)}
"""From and to; of a transaction up to 200."""

INSERT = """
INSERT INTO bank_transactions (account_id, user_id, direction, amount, currency, booked_at)
VALUES (%s, %s, %s, %s, %s, now() - %s * interval '1 second') RETURNING id
"""


@dataclass
class Customer:
    user_id: str
    rows: list[int] = field(default_factory=list)
    """Those known to be there, whatever became of commits that were not answered."""
    in_force: set[str] = field(default_factory=set)
    changes: int = 0


class Branch:
    """One connection to the database and one to settings-api, each on a thread of its own, for customers of its own."""

    def __init__(
        self,
        number: int,
        world: World,
        wallet: Wallet,
        url: str,
        watchers: Watchers,
        receiver: Receiver,
        rate: float,
        stopping: threading.Event,
    ) -> None:
        self._number = number
        self._world = world
        self._url = url
        self._watchers = watchers
        self._receiver = receiver
        self._rate = rate
        self._stopping = stopping
        self._connection: psycopg.Connection | None = None
        self._customers: list[Customer] = []
        self._next: deque[Customer] = deque()
        """Who comes when another goes: made ready before, so that bookings never wait for settings-api."""
        self._known = 0
        self.desk = SettingsDesk(wallet, stopping)
        self.commits = 0
        self.commits_in_doubt = 0
        self.longest_wait = 0.0
        self.error: Exception | None = None
        self._threads = [threading.Thread(target=self._run, args=(work,), daemon=True) for work in (self._book, self._set)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)
        self.desk.close()

    def _run(self, work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except StoppedError:
            pass
        except Exception as error:
            self.error = error

    def _book(self) -> None:
        chance = Random(f"{self._world.seed}:book:{self._number}")
        due = time.monotonic()
        while not self._stopping.wait(due - time.monotonic()):
            # What an outage delayed is not made up for at once.
            due = max(due + 1 / self._rate, time.monotonic() - 1)
            if self._customers:
                self._commit(chance.choice(self._customers), chance)
        if self._connection is not None:
            self._connection.close()

    def _commit(self, customer: Customer, chance: Random) -> None:
        """One transaction. Whether it happened, where the connection broke, the audit knows; it is not tried again."""
        connection = self._connected()
        began = time.monotonic()
        try:
            self._change(connection, customer, chance)
            self.commits += 1
        except psycopg.OperationalError:
            self.commits_in_doubt += 1
            connection.close()
        self.longest_wait = max(self.longest_wait, time.monotonic() - began)
        if customer.changes >= CHANGES_OF_A_CUSTOMER and self._next:
            self._customers[self._customers.index(customer)] = self._next.popleft()

    def _connected(self) -> psycopg.Connection:
        began = time.monotonic()
        while self._connection is None or self._connection.closed:
            try:
                self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
            except psycopg.OperationalError as error:
                if time.monotonic() - began > PATIENCE_SECONDS:
                    raise NotAcceptedError(f"the database was away for {PATIENCE_SECONDS:.0f} s: {error}") from error
                if self._stopping.wait(RECONNECT_SECONDS):
                    raise StoppedError from error
        self.longest_wait = max(self.longest_wait, time.monotonic() - began)
        return self._connection

    def _change(self, connection: psycopg.Connection, customer: Customer, chance: Random) -> None:
        kind = chance.random()
        if kind < TOGETHER:
            with connection.transaction():
                for _ in range(chance.randint(2, 4)):
                    self._statement(connection, customer, chance)
        elif kind < TOGETHER + ROLLED_BACK:
            with connection.transaction(force_rollback=True):
                insert(connection, customer.user_id, chance)
        elif kind < TOGETHER + ROLLED_BACK + TRANSFERRED:
            with connection.transaction():
                for each in (customer, chance.choice(self._customers)):
                    each.rows.append(insert(connection, each.user_id, chance))
                    each.changes += 1
        else:
            self._statement(connection, customer, chance)

    def _statement(self, connection: psycopg.Connection, customer: Customer, chance: Random) -> None:
        kind = chance.random()
        customer.changes += 1
        if kind < CORRECTED and customer.rows:
            row = (amount(chance), chance.choice(customer.rows))
            connection.execute("UPDATE bank_transactions SET amount = %s WHERE id = %s", row)
        elif kind < CORRECTED + REVERSED and customer.rows:
            row_id = customer.rows.pop(chance.randrange(len(customer.rows)))
            connection.execute("DELETE FROM bank_transactions WHERE id = %s", (row_id,))
        else:
            customer.rows.append(insert(connection, customer.user_id, chance))

    def _set(self) -> None:
        chance = Random(f"{self._world.seed}:set:{self._number}")
        due = time.monotonic()
        while not self._stopping.wait(due - time.monotonic()):
            if len(self._customers) < CUSTOMERS_AT_ONCE:
                self._customers.append(self._newcomer(chance))
            elif not self._next:
                self._next.append(self._newcomer(chance))
            else:
                due = max(due + 1 / (self._rate * SETTINGS_A_CHANGE), time.monotonic() - 1)
                self._change_settings(chance.choice(self._customers), chance)

    def _newcomer(self, chance: Random) -> Customer:
        """Watched and with a webhook, where they are to be, before the first threshold can raise anything."""
        customer = Customer(self._world.customer(self._number, self._known))
        if self._known % WATCHED_EACH == 0:
            placed = self._watchers.watch(customer.user_id)
            while not placed.wait(1):
                if self._stopping.is_set():
                    raise StoppedError
        if self._known % WEBHOOK_EACH == 0:
            self.desk.webhook(customer.user_id, self._receiver.url(MOODY))
        for threshold in WINDOWS:
            self._set_threshold(customer, threshold, chance)
        self._known += 1
        return customer

    def _change_settings(self, customer: Customer, chance: Random) -> None:
        threshold = chance.choice(list(WINDOWS))
        if threshold in customer.in_force and chance.random() < 0.2:
            self.desk.end(customer.user_id, threshold)
            customer.in_force.discard(threshold)
        else:
            self._set_threshold(customer, threshold, chance)

    def _set_threshold(self, customer: Customer, threshold: str, chance: Random) -> None:
        bound = f"{chance.randint(*AMOUNTS[threshold])}.00"
        self.desk.set(customer.user_id, threshold, bound, chance.choice(["debit", "credit", "any", "any"]), WINDOWS[threshold])
        customer.in_force.add(threshold)


def amount(chance: Random) -> str:
    cents = chance.randint(1, 20_000)
    return f"{cents // 100}.{cents % 100:02d}"


def insert(connection: psycopg.Connection, user_id: str, chance: Random) -> int:
    """A row, now and then of before; returns its id."""
    late = 0.0 if chance.random() >= LATE else chance.uniform(0, chance.choice([LATE_BY_SECONDS, VERY_LATE_BY_SECONDS]))
    row = (f"{user_id}:1", user_id, chance.choice(["debit", "debit", "credit"]), amount(chance), chance.choice(["EUR"] * 9 + ["USD"]), late)
    inserted = connection.execute(INSERT, row).fetchone()
    assert inserted is not None
    number: int = inserted[0]
    return number


class Load:
    """All branches, together `rate` changes a second."""

    def __init__(self, world: World, wallet: Wallet, url: str, watchers: Watchers, receiver: Receiver, rate: float) -> None:
        self._stopping = threading.Event()
        self.branches = [
            Branch(number, world, wallet, url, watchers, receiver, rate / BRANCHES, self._stopping) for number in range(BRANCHES)
        ]

    def start(self) -> None:
        for branch in self.branches:
            branch.start()

    def stop(self) -> None:
        """Returns when nothing is under way any more."""
        self._stopping.set()
        for branch in self.branches:
            branch.join()

    @property
    def commits(self) -> int:
        return sum(branch.commits for branch in self.branches)

    def raise_error(self) -> None:
        for branch in self.branches:
            if branch.error is not None:
                raise branch.error
