"""The bank and its customers from outside: SQL, HTTP, server-sent events; and what the alerts must be."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import psycopg

from services.mybank.contracts.access import AccessSettings, access_tokens
from shared.clock import to_micros
from tests.conftest import Stack
from tests.unit.mybank.alert_model import Alert, Change, Row, Version, alerts, version_from

_INSERT = """
INSERT INTO bank_transactions (account_id, user_id, direction, amount, currency) VALUES (%s, %s, %s, %s, %s) RETURNING id, booked_at
"""


@dataclass
class Ledger:
    """What happened to each user, in order: changes of the table, and versions of thresholds as they were answered."""

    changes: dict[str, list[Change]] = field(default_factory=lambda: defaultdict(list))
    versions: dict[str, list[Version]] = field(default_factory=lambda: defaultdict(list))

    def alerts(self, user_id: str) -> set[Alert]:
        """By the model."""
        return set(alerts(self.changes[user_id], self.versions[user_id]))


class Bank:
    """One connection: what it writes is committed in that order."""

    def __init__(self, stack: Stack, ledger: Ledger) -> None:
        self._connection = psycopg.connect(stack.env["MYBANK_DATABASE_URL"], autocommit=True)
        self._ledger = ledger

    def book(self, user_id: str, amount: str, direction: str = "debit", currency: str = "EUR") -> int:
        row = self._connection.execute(_INSERT, (f"{user_id}:1", user_id, direction, amount, currency)).fetchone()
        assert row is not None
        booked_at = to_micros(row[1])
        # A row booked by default is committed later than it is booked.
        known = Row(row[0], direction, Decimal(amount), currency, booked_at, booked_at)
        self._ledger.changes[user_id].append(Change(row[0], known))
        return known.id

    def correct(self, user_id: str, number: int, amount: str) -> None:
        self._connection.execute("UPDATE bank_transactions SET amount = %s WHERE id = %s", (amount, number))
        old = next(change.row for change in reversed(self._ledger.changes[user_id]) if change.id == number and change.row)
        new = Row(old.id, old.direction, Decimal(amount), old.currency, old.booked_at, old.committed_at)
        self._ledger.changes[user_id].append(Change(number, new))

    def reverse(self, user_id: str, number: int) -> None:
        self._connection.execute("DELETE FROM bank_transactions WHERE id = %s", (number,))
        self._ledger.changes[user_id].append(Change(number, None))

    def close(self) -> None:
        self._connection.close()


class Customer:
    """One user over HTTP, with a token of their own."""

    def __init__(self, stack: Stack, user_id: str, ledger: Ledger) -> None:
        self.user_id = user_id
        self._ledger = ledger
        self._settings = stack.url("mybank", "settings-api")
        self._alerts = stack.url("mybank", "alerts-api")
        token = access_tokens(AccessSettings()).issue(user_id, 3600)
        self.http = httpx.Client(headers={"authorization": f"Bearer {token}"}, timeout=30, trust_env=False)

    def set(self, threshold_id: str, amount: str, direction: str = "debit", window_hours: int | None = None) -> dict[str, Any]:
        body = {"direction": direction, "amount": amount, "currency": "EUR", "window_hours": window_hours}
        return self._noted(self.http.put(self._path(f"thresholds/{threshold_id}"), json=body))

    def end(self, threshold_id: str) -> dict[str, Any]:
        return self._noted(self.http.delete(self._path(f"thresholds/{threshold_id}")))

    def webhook(self, url: str, secret: str = "hush") -> httpx.Response:
        return self.http.put(self._path("webhook"), json={"url": url, "secret": secret})

    def alerts(self, **query: Any) -> list[dict[str, Any]]:
        answer = self.http.get(f"{self._alerts}/v1/users/{self.user_id}/alerts", params={"limit": 1000, **query})
        answer.raise_for_status()
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    def raised(self) -> list[Alert]:
        return [(a["transaction_id"], a["threshold_id"], a["threshold_version"], Decimal(a["total"])) for a in self.alerts()]

    def acknowledge(self, alert_id: str) -> httpx.Response:
        return self.http.post(f"{self._alerts}/v1/users/{self.user_id}/alerts/{alert_id}/acknowledge")

    def stream(self, last_event_id: str = "") -> AlertStream:
        return AlertStream(self.http, f"{self._alerts}/v1/users/{self.user_id}/alerts/stream", last_event_id)

    def close(self) -> None:
        self.http.close()

    def _path(self, rest: str) -> str:
        return f"{self._settings}/v1/users/{self.user_id}/{rest}"

    def _noted(self, answer: httpx.Response) -> dict[str, Any]:
        answer.raise_for_status()
        version: dict[str, Any] = answer.json()
        noted = version_from(version)
        if noted not in self._ledger.versions[self.user_id]:
            self._ledger.versions[self.user_id].append(noted)
        return version


class AlertStream:
    """Reads on a thread from the moment that it is open; `events` are (id, alert, when it arrived in microseconds)."""

    def __init__(self, http: httpx.Client, url: str, last_event_id: str) -> None:
        self.events: list[tuple[str, dict[str, Any], int]] = []
        headers = {"last-event-id": last_event_id} if last_event_id else {}
        self._context = http.stream("GET", url, headers=headers)
        self._answer = self._context.__enter__()
        self._answer.raise_for_status()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            for block in _blocks(self._answer.iter_text()):
                fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
                if "data" in fields:
                    self.events.append((fields["id"], json.loads(fields["data"]), time.time_ns() // 1000))
        except (httpx.HTTPError, httpx.StreamError):
            pass

    def close(self) -> None:
        # A socket that another thread closes lets its reader wait on; one that is shut down wakes it.
        with suppress(OSError):
            self._answer.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._thread.join(30)
        self._context.__exit__(None, None, None)


def _blocks(chunks: Iterator[str]) -> Iterator[str]:
    text = ""
    for chunk in chunks:
        text += chunk
        while "\n\n" in text:
            block, text = text.split("\n\n", 1)
            yield block
