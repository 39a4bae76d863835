from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from tests.conftest import Stack
from tests.e2e.mybank.bank import Bank, Customer, Ledger


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def bank(stack: Stack, ledger: Ledger) -> Iterator[Bank]:
    if "MYBANK_DATABASE_URL" not in stack.env:
        pytest.skip("MyBank is not up: start it with 'make up-mybank'")
    bank = Bank(stack, ledger)
    yield bank
    bank.close()


@pytest.fixture
def customer(stack: Stack, ledger: Ledger) -> Iterator[Callable[[], Customer]]:
    """Makes customers of this test's own."""
    made: list[Customer] = []

    def make() -> Customer:
        made.append(Customer(stack, f"user-{uuid4().hex[:12]}", ledger))
        return made[-1]

    yield make
    for each in made:
        each.close()
