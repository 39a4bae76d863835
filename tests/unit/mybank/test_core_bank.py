"""A bank that follows from its seed, and keeps each customer's order."""

from __future__ import annotations

import asyncio
from itertools import islice
from random import Random

import psycopg

from services.mybank.core_bank.app import Bank
from services.mybank.core_bank.domain import Booking, Correction, Opening, Reversal, Step, customers, days, openings
from shared.testing import eventually_async

PEOPLE = customers(30, 7)


def some(count: int = 5000, seed: int = 1) -> list[Step]:
    return list(islice(days(PEOPLE, Random(seed)), count))


def test_the_same_seed_is_the_same_day() -> None:
    assert some() == some()
    assert some() != some(seed=2)


def test_everything_that_a_bank_books_occurs() -> None:
    steps = some()
    bookings = [step for step in steps if isinstance(step, Booking)]
    assert {"Salary", "Card payment", "Standing order", "Transfer"} == {booking.description for booking in bookings}
    assert {type(step) for step in steps} == {Booking, Correction, Reversal}
    assert {booking.direction for booking in bookings} == {"debit", "credit"}
    assert all(float(booking.amount) > 0 for booking in bookings)


def test_the_household_is_among_the_customers() -> None:
    assert PEOPLE[:4] == ["ada", "ben", "cleo", "dora"]
    assert len(set(PEOPLE)) == 34


def test_a_customer_begins_with_a_deposit() -> None:
    (first,) = (step for step in openings(["ada"]) if isinstance(step, Opening))
    assert (first.user_id, first.deposit.user_id, first.deposit.direction) == ("ada", "ada", "credit")


class NotingTeller:
    def __init__(self, book: list[tuple[int, Step]], number: int) -> None:
        self._book = book
        self._number = number
        self.refusals = 1 if number == 0 else 0

    async def book(self, step: Step) -> None:
        await asyncio.sleep(0)
        if self.refusals:
            self.refusals -= 1
            raise psycopg.OperationalError("away")
        self._book.append((self._number, step))

    async def close(self) -> None: ...


def test_a_customer_has_one_teller_their_order_stays_and_a_database_that_is_away_is_outlived() -> None:
    booked: list[tuple[int, Step]] = []
    tellers: list[NotingTeller] = []

    def open_teller() -> NotingTeller:
        tellers.append(NotingTeller(booked, len(tellers)))
        return tellers[-1]

    async def run() -> None:
        bank = Bank(3, open_teller)
        task = asyncio.create_task(bank.open(days(PEOPLE, Random(1)), 2000))
        await eventually_async(lambda: _enough(booked))
        assert bank.check() is None
        task.cancel()

    asyncio.run(run())
    happened = some(len(booked) + 3000)
    for customer in PEOPLE:
        mine = [(number, step) for number, step in booked if step.user_id == customer]
        assert len({number for number, _ in mine}) <= 1
        following = iter(step for step in happened if step.user_id == customer)
        assert all(step in following for _, step in mine), "not in the order in which it happened"


async def _enough(booked: list[tuple[int, Step]]) -> bool:
    return len(booked) >= 300
