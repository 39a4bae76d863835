"""What a bank books in a day: cards, salaries, standing orders, now and then something large, and what is put right afterwards.

Everything follows from the random source that is given. Rows get their ids from the database, so a correction or a reversal says how far
back among the customer's own bookings it reaches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from services.mybank.contracts.household import HOUSEHOLD
from services.mybank.contracts.money import to_amount

SHOPS = ("Baker", "Greengrocer", "Bookshop", "Pharmacy", "Cinema", "Bicycle repairs", "Railway", "Café", "Hardware store", "Florist")
LANDLORD, POWER, EMPLOYER, DEALER = "Landlord", "Power company", "Employer", "Car dealer"

SHARES = {"card": 0.86, "standing order": 0.06, "salary": 0.03, "large": 0.02, "correction": 0.015, "reversal": 0.015}
OPENING_DEPOSIT = "4000.00"
FAR_BACK = 5
"""Of the customer's latest bookings, the ones that a correction or a reversal reaches."""


@dataclass(frozen=True)
class Booking:
    user_id: str
    account_id: str
    direction: str
    amount: str
    currency: str
    counterparty: str
    description: str


@dataclass(frozen=True)
class Correction:
    """The amount was wrong."""

    user_id: str
    back: int
    amount: str


@dataclass(frozen=True)
class Reversal:
    """It should never have been booked: the row goes."""

    user_id: str
    back: int


@dataclass(frozen=True)
class Opening:
    """What a customer brings: booked where nothing of theirs is yet."""

    user_id: str
    deposit: Booking


Step = Booking | Correction | Reversal | Opening


def customers(count: int, seed: int) -> list[str]:
    """The household first, then as many others as are asked for."""
    return [customer.user_id for customer in HOUSEHOLD] + [f"customer-{seed}-{number:04d}" for number in range(1, count + 1)]


def openings(user_ids: Sequence[str]) -> Iterator[Step]:
    for user_id in user_ids:
        yield Opening(user_id, Booking(user_id, f"{user_id}:current", "credit", OPENING_DEPOSIT, "EUR", "Other bank", "Opening deposit"))


def days(user_ids: Sequence[str], rng: Random) -> Iterator[Step]:
    """Endless."""
    kinds, weights = list(SHARES), list(SHARES.values())
    while True:
        user_id = rng.choice(user_ids)
        kind = rng.choices(kinds, weights)[0]
        if kind == "correction":
            yield Correction(user_id, rng.randrange(FAR_BACK), _money(rng, 5, 150))
        elif kind == "reversal":
            yield Reversal(user_id, rng.randrange(FAR_BACK))
        else:
            yield _booking(user_id, kind, rng)


def _booking(user_id: str, kind: str, rng: Random) -> Booking:
    account = f"{user_id}:current"
    if kind == "salary":
        return Booking(user_id, account, "credit", _money(rng, 1800, 5200), "EUR", EMPLOYER, "Salary")
    if kind == "standing order":
        whom = rng.choice((LANDLORD, POWER))
        return Booking(user_id, account, "debit", _money(rng, 45, 950), "EUR", whom, "Standing order")
    if kind == "large":
        return Booking(user_id, account, "debit", _money(rng, 1000, 9000), "EUR", DEALER, "Transfer")
    currency = "EUR" if rng.random() < 0.95 else "USD"
    return Booking(user_id, account, "debit", _money(rng, 1, 120), currency, rng.choice(SHOPS), "Card payment")


def _money(rng: Random, low: int, high: int) -> str:
    return to_amount(rng.randrange(low * 100, high * 100))
