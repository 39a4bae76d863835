"""How long from the commit in PostgreSQL to the alert on the stream, and does MyBank bear 2,000 transactions a second for a minute?

make measure-mybank

Transactions are inserted by SQL when they are due, whatever became of those before; each is a commit of its own. One in twelve raises an
alert for a customer who follows their stream of server-sent events. Every alert is looked for, those of the warm-ups too: on the stream,
once, and in the list. Exits with 1 where a bound is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

import aiohttp
import psycopg
import uvloop
from confluent_kafka import KafkaException

from loadtests.cpu import CpuMeter
from loadtests.mybank.backlog import Backlog
from loadtests.mybank.bookings import Committed, Tellers, bookings, user_ids
from loadtests.mybank.report import Bound, Found, Part, print_part, write
from loadtests.mybank.watchers import Watchers
from loadtests.schedule import even, rising
from services.mybank.core_bank.settings import CoreBankSettings
from shared.settings import ServiceSettings

WATCHERS, OTHERS = 100, 4900
"""A run leaves each customer some forty transactions: one a day for as long as the rules remember, which the alert processor rewrites at
each of them."""
WARM_UP_SECONDS = 60.0
"""Connections, caches, and the JVMs' compilers: brokers that were just started take twice the processor time. At a rising rate, not
counted, and settled before counting begins."""
STREAMS_WITHIN_SECONDS = 10.0
"""For alerts that are in the views and not yet on the streams."""
P99_SECONDS, SETTLED_SECONDS = 0.5, 10.0
RATE_KEPT = 0.99
"""Of the rate that was wanted, what must have been committed in time."""


@dataclass(frozen=True)
class Load:
    """One part of the measurement; `bounds` says what it must keep, beyond that every alert is found once."""

    name: str
    rate: float
    seconds: float
    warm_up: float
    bounds: Callable[[Part], list[Bound]]


class Measurement:
    """Raises aiohttp.ClientError, psycopg.Error, KafkaException, LookupError."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        prefix = f"measure-{secrets.token_hex(4)}"
        watching, others = user_ids(f"{prefix}-w", WATCHERS), user_ids(f"{prefix}-o", OTHERS)
        self.watchers = Watchers(session, watching)
        self._bookings = bookings(watching, others, Random(prefix))
        self.tellers = Tellers(url)
        self._backlog = Backlog(url)
        self._meter = CpuMeter(ServiceSettings().stack_dir, "mybank")
        self._booked: list[Committed] = []

    async def run(self, load: Load) -> Part:
        """Returns once its alerts have been looked for."""
        await self._book(rising(load.rate, load.warm_up))
        await asyncio.to_thread(self._backlog.settle)
        self._meter.start()
        committed = await self._book(even(load.rate, load.seconds))
        cores = self._meter.stop()
        settled = await asyncio.to_thread(self._backlog.settle)
        found = await self._find()
        arrived, raised = dict(self.watchers.arrived), dict(self.watchers.raised)
        return Part(load.name, load.rate, load.seconds, committed, arrived, raised, found, settled, cores)

    async def _book(self, due_times: Iterator[float]) -> list[Committed]:
        committed = await asyncio.to_thread(self.tellers.book, due_times, self._bookings)
        self._booked += committed
        self.watchers.require_open()
        return committed

    async def _find(self) -> Found:
        """Of all alerts so far, those that are missing, there twice, or not to be."""
        expected = {one.transaction_id for one in self._booked if one.booking.large}
        await self.watchers.wait_for(expected, STREAMS_WITHIN_SECONDS)
        return Found.of(expected, {number: len(times) for number, times in self.watchers.arrived.items()}, await self.watchers.listed())


def loads(options: argparse.Namespace) -> list[Load]:
    def delay(part: Part) -> list[Bound]:
        return [Bound("commit -> stream, p99 ms", part.from_commit[99], P99_SECONDS * 1000)]

    def settled(part: Part) -> list[Bound]:
        return [Bound("slot and consumers have nothing left, s", part.settled.lag_seconds, SETTLED_SECONDS)]

    def rate(part: Part) -> list[Bound]:
        return [Bound("committed a second", part.committed_rate, RATE_KEPT * part.rate, at_least=True)]

    all_loads = [
        Load("delay", options.rate, options.seconds, options.warm_up, lambda part: rate(part) + delay(part)),
        Load("sustained", options.sustained, options.sustained_seconds, options.warm_up / 3, lambda part: rate(part) + settled(part)),
    ]
    return [load for load in all_loads if options.only in (None, load.name)]


async def measure(options: argparse.Namespace) -> bool:
    """Whether every bound was kept."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30)) as session:
        measurement = Measurement(session, CoreBankSettings().database_url)
        durability = measurement.tellers.durability()
        print(f"{WATCHERS} customers follow their stream, {OTHERS} do not; synchronous_commit is {durability}", flush=True)
        await measurement.watchers.open()
        parts: list[tuple[Part, list[Bound]]] = []
        try:
            for load in loads(options):
                part = await measurement.run(load)
                parts.append((part, load.bounds(part) + part.found.bounds))
                print_part(*parts[-1])
        finally:
            await measurement.watchers.close()
            measurement.tellers.close()
    write(parts, {"synchronous_commit": durability, "watchers": WATCHERS, "others": OTHERS})
    return all(bound.kept for _, bounds in parts for bound in bounds)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make measure-mybank", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=500.0, metavar="A_SECOND", help="at which the delay is measured")
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--sustained", type=float, default=2000.0, metavar="A_SECOND")
    parser.add_argument("--sustained-seconds", type=float, default=60.0)
    parser.add_argument("--warm-up", type=float, default=WARM_UP_SECONDS, metavar="SECONDS")
    parser.add_argument("--only", choices=("delay", "sustained"), help="one part")
    options = parser.parse_args()
    started = time.monotonic()
    try:
        kept = uvloop.run(measure(options))
    except (aiohttp.ClientError, psycopg.Error, KafkaException, LookupError) as error:
        print(error.args[0] if isinstance(error, LookupError) else f"{type(error).__name__}: {error}: see 'make status'.")
        return 1
    print(f"{time.monotonic() - started:.0f} s")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
