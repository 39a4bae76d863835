"""What a person may book at the page's counter."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from services.mybank.contracts.household import HOUSEHOLD
from services.mybank.contracts.money import CURRENCIES, to_amount, to_cents
from shared.http.bodies import Id, InvalidCommandError

SESSION_SECONDS = 8 * 3600


class Book(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A transaction of one of the household."""

    user_id: Id
    direction: Literal["debit", "credit"]
    amount: str
    currency: str = "EUR"
    counterparty: Annotated[str, msgspec.Meta(max_length=80)] = "Counter"


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Be one of the household on this page."""

    user_id: Id


def is_member(user_id: str) -> bool:
    return any(customer.user_id == user_id for customer in HOUSEHOLD)


def amount_of(command: Book) -> str:
    """With two places. Raises InvalidCommandError."""
    try:
        cents = to_cents(command.amount)
    except ValueError as error:
        raise InvalidCommandError(str(error)) from error
    if not cents or command.currency not in CURRENCIES:
        raise InvalidCommandError("an amount is more than 0, and its currency three capital letters, as EUR")
    return to_amount(cents)
