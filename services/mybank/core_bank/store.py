"""The bank's own table, by SQL: this system knows nothing of who else reads it."""

from __future__ import annotations

from collections import deque

import psycopg

from services.mybank.core_bank.domain import FAR_BACK, Booking, Correction, Opening, Step

_INSERT = """
INSERT INTO bank_transactions (account_id, user_id, direction, amount, currency, counterparty, description)
VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
_OPEN = """
INSERT INTO bank_transactions (account_id, user_id, direction, amount, currency, counterparty, description)
SELECT %s, %s, %s, %s, %s, %s, %s WHERE NOT EXISTS (SELECT FROM bank_transactions WHERE user_id = %s)
"""
_UPDATE = "UPDATE bank_transactions SET amount = %s WHERE id = %s"
_DELETE = "DELETE FROM bank_transactions WHERE id = %s"


class Teller:
    """One connection, one statement at a time, each its own transaction. Raises psycopg.Error."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.AsyncConnection[tuple[int]] | None = None
        self._latest: dict[str, deque[int]] = {}

    async def book(self, step: Step) -> None:
        """A correction or reversal that reaches further back than this teller remembers is left undone."""
        connection = await self._connected()
        if isinstance(step, Opening):
            await connection.execute(_OPEN, (*_row(step.deposit), step.user_id))
            return
        if isinstance(step, Booking):
            inserted = await (await connection.execute(_INSERT, _row(step))).fetchone()
            if inserted is not None:
                self._latest.setdefault(step.user_id, deque(maxlen=FAR_BACK)).appendleft(inserted[0])
            return
        latest = self._latest.get(step.user_id, deque())
        if step.back >= len(latest):
            return
        if isinstance(step, Correction):
            await connection.execute(_UPDATE, (step.amount, latest[step.back]))
        else:
            await connection.execute(_DELETE, (latest[step.back],))
            del latest[step.back]

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def _connected(self) -> psycopg.AsyncConnection[tuple[int]]:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True, connect_timeout=5)
        return self._connection


def _row(booking: Booking) -> tuple[str, ...]:
    return (
        *(booking.account_id, booking.user_id, booking.direction, booking.amount),
        *(booking.currency, booking.counterparty, booking.description),
    )
