"""The page's connection to the bank's table, on the real server."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import psycopg
import pytest

from services.mybank.web_page.store import BankTable
from shared.stores import StoreUnavailableError
from tests.conftest import Stack

_END = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = %s"


def test_a_connection_that_the_server_has_ended_is_made_anew_before_anything_is_booked(stack: Stack) -> None:
    name, url = f"test-{uuid4().hex}", stack.env["MYBANK_DATABASE_URL"]

    def end() -> None:
        with psycopg.connect(url) as connection:
            assert connection.execute(_END, (name,)).fetchone() == (1,)

    async def run() -> None:
        table = BankTable(f"{url}{'&' if '?' in url else '?'}application_name={name}")
        await table.account(name, 1)
        await asyncio.to_thread(end)
        booked = await table.book(name, "debit", "1.00", "EUR", "Baker")
        assert [row["id"] for row in (await table.account(name, 10))["items"]] == [booked["transaction_id"]]
        await table.close()

    asyncio.run(run())


def test_a_server_that_is_away_is_a_store_that_is_unavailable() -> None:
    with pytest.raises(StoreUnavailableError, match="PostgreSQL"):
        asyncio.run(BankTable("postgresql://127.0.0.1:1/bank").account("ada", 1))
