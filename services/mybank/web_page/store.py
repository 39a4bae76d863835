"""The bank's table as the page shows it, and as the page's counter books into it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from shared.clock import to_micros, to_rfc3339
from shared.stores import StoreUnavailableError

_LATEST = """
SELECT id, direction, amount, currency, counterparty, description, booked_at FROM bank_transactions
WHERE user_id = %s ORDER BY booked_at DESC, id DESC LIMIT %s
"""
_BALANCES = """
SELECT currency, sum(CASE direction WHEN 'credit' THEN amount ELSE -amount END) AS amount FROM bank_transactions
WHERE user_id = %s GROUP BY currency ORDER BY currency
"""
_INSERT = """
INSERT INTO bank_transactions (account_id, user_id, direction, amount, currency, counterparty, description)
VALUES (%s, %s, %s, %s, %s, %s, 'At the counter') RETURNING id, booked_at
"""


class BankTable:
    """One connection, one call at a time. Each call raises StoreUnavailableError."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = asyncio.Lock()
        self._connection: psycopg.AsyncConnection[dict[str, Any]] | None = None

    async def account(self, user_id: str, limit: int) -> dict[str, Any]:
        """Balances by currency, and the latest transactions, newest first; amounts are decimal strings."""
        async with self._connected() as connection:
            balances = await (await connection.execute(_BALANCES, (user_id,))).fetchall()
            rows = await (await connection.execute(_LATEST, (user_id, limit))).fetchall()
        return {
            "balances": [{"currency": row["currency"], "amount": str(row["amount"])} for row in balances],
            "items": [row | {"amount": str(row["amount"]), "booked_at": to_rfc3339(to_micros(row["booked_at"]))} for row in rows],
        }

    async def book(self, user_id: str, direction: str, amount: str, currency: str, counterparty: str) -> dict[str, Any]:
        """The row's id, once it is committed."""
        async with self._connected() as connection:
            cursor = await connection.execute(_INSERT, (f"{user_id}:current", user_id, direction, amount, currency, counterparty))
            row = await cursor.fetchone()
        if row is None:
            raise StoreUnavailableError("the database answered nothing")
        return {"transaction_id": row["id"], "booked_at": to_rfc3339(to_micros(row["booked_at"]))}

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[psycopg.AsyncConnection[dict[str, Any]]]:
        async with self._lock:
            try:
                if not await self._alive():
                    self._connection = await psycopg.AsyncConnection.connect(
                        self._url, autocommit=True, connect_timeout=5, row_factory=dict_row
                    )
                assert self._connection is not None
                yield self._connection
            except psycopg.Error as error:
                raise StoreUnavailableError(f"PostgreSQL: {error}") from error

    async def _alive(self) -> bool:
        # A server that was restarted has ended the connection, and that shows at its next use only: which is not to be a booking, since
        # nobody would know whether it was done.
        if self._connection is None or self._connection.closed:
            return False
        try:
            await self._connection.execute("")
        except psycopg.OperationalError:
            await self._connection.close()
            return False
        return True
