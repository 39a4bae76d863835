"""What customers ask of MyBank: they open the page, acknowledge what is new, now and then change what they want to hear of.

| share | calls |
|---|---|
| 60 % | opening the page: thresholds, alerts, balances; and the alerts again before it is closed |
| 25 % | acknowledgements: up to two at a visit, of what the list shows as new |
| 15 % | thresholds set, and some of them ended again |

A customer acts each ten seconds, so a rate of 100 calls a second is 1,000 customers at a time. Meanwhile the bank books, by SQL; half of
that reaches the threshold that each customer has set at the first visit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from loadtests.calls import Call
from loadtests.mybank.bookings import THRESHOLD

SECONDS_BETWEEN_CALLS = 10
SETS_A_WINDOW, ENDS_IT = 0.6, 0.5
ACKNOWLEDGED_AT_A_VISIT = 2

THRESHOLDS = "GET /v1/users/{user_id}/thresholds"
SET, END = (f"{method} /v1/users/{{user_id}}/thresholds/{{threshold_id}}" for method in ("PUT", "DELETE"))
ALERTS, ACKNOWLEDGE = "GET /v1/users/{user_id}/alerts", "POST /v1/users/{user_id}/alerts/{alert_id}/acknowledge"
ACCOUNT = "GET /api/bank/users/{user_id}"
CALLS = (SET, THRESHOLDS, END, ALERTS, ACKNOWLEDGE, ACCOUNT)


class Customer:
    """`headers` are of every call."""

    def __init__(self, user_id: str, headers: Mapping[str, str], random: Random) -> None:
        self._path, self._headers, self._random = f"/v1/users/{user_id}", headers, random
        self._account = f"/api/bank/users/{user_id}"
        self._new: list[str] = []
        """Alerts that the list has shown, and nobody has acknowledged yet; oldest first."""

    def visits(self) -> Iterator[Call]:
        """One after the other; endless. Before the first the customer sets a threshold."""
        yield self._set("large", THRESHOLD, None)
        while True:
            yield from self._visit()

    def _visit(self) -> Iterator[Call]:
        yield self._call("settings-api", THRESHOLDS, "/thresholds")
        yield self._list()
        yield Call("web-page", ACCOUNT, self._account, headers=self._headers)
        for _ in range(min(ACKNOWLEDGED_AT_A_VISIT, len(self._new))):
            yield self._call("alerts-api", ACKNOWLEDGE, f"/alerts/{self._new.pop(0)}/acknowledge")
        if self._random.random() < SETS_A_WINDOW:
            yield self._set("week", f"{self._random.randrange(1_000, 9_000)}.00", 168)
            if self._random.random() < ENDS_IT:
                yield self._call("settings-api", END, "/thresholds/week")
        yield self._list()

    def _list(self) -> Call:
        def remember(answer: Mapping[str, Any]) -> None:
            self._new = [item["alert_id"] for item in reversed(answer["items"]) if item["acknowledged_at"] is None]

        return self._call("alerts-api", ALERTS, "/alerts?limit=20")._replace(trouble=remember)

    def _set(self, threshold_id: str, amount: str, window_hours: int | None) -> Call:
        body = {"direction": "debit", "amount": amount, "currency": "EUR", "window_hours": window_hours}
        return self._call("settings-api", SET, f"/thresholds/{threshold_id}", body)

    def _call(self, service: str, name: str, rest: str, body: object = None) -> Call:
        return Call(service, name, self._path + rest, body, self._headers)
