"""MyBank's customers for Locust: ten for each call a second. Which calls they make, and why, is in visits.py."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

from infra.local.settings import ROOT
from loadtests.arrivals import Arrivals
from loadtests.calls import Call
from loadtests.load import require_ready
from loadtests.mybank.tokens import bearer
from loadtests.mybank.visits import SECONDS_BETWEEN_CALLS, Customer

RUN = f"load-{secrets.token_hex(4)}"
"""Customers are new in each run: of one, all versions of their thresholds are kept for 90 days."""
BOOKED_FOR, BOOKED_A_SECOND = 1000, 50
"""The first customers; those of higher rates than the default have no alerts."""


class Customers(Arrivals):
    """They take turns, so that each acts every SECONDS_BETWEEN_CALLS."""

    case = "mybank"

    def calls(self) -> Iterator[Call]:
        users = [f"{RUN}-{SECONDS_BETWEEN_CALLS * self.number + place}" for place in range(SECONDS_BETWEEN_CALLS)]
        visits = [Customer(user_id, bearer(user_id), self.random).visits() for user_id in users]
        while True:
            for customer in visits:
                yield next(customer)


@cache
def open_the_bank() -> subprocess.Popen[bytes]:
    """Once: bookings by SQL, as a process that ends with this one: its standard input does. Raises LookupError with a sentence."""
    require_ready("mybank", ("settings-api", "alerts-api", "web-page"))
    command = [sys.executable, "-m", "loadtests.mybank.bookings", RUN, str(BOOKED_FOR), str(BOOKED_A_SECOND)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)
