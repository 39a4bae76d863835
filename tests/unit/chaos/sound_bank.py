"""What a run of MyBank that keeps every promise leaves behind, in each place where it is looked at."""

from __future__ import annotations

import json
from decimal import Decimal
from random import Random
from typing import Any

from services.mybank.contracts.events import AlertRaised, BankTransactionChanged
from tests.chaos.mybank.audit import Noted
from tests.chaos.mybank.receiver import Letter
from tests.chaos.mybank.truth import recomputed
from tests.chaos.mybank.watchers import Sent
from tests.unit.mybank.alert_model import Version

NOON = 1_793_000_000_000_000
SECOND = 1_000_000
USERS = ("ada", "ben")


def versions() -> dict[str, list[Version]]:
    """`large` says 100 euros, from the fifth second on 50, from the tenth on nothing; `day` a sum of 500 all the while."""
    large = [("100.00", 0, False), ("50.00", 5, False), ("50.00", 10, True)]
    made = [
        Version("large", number, "debit", Decimal(amount), "EUR", None, NOON + second * SECOND, ended)
        for number, (amount, second, ended) in enumerate(large, 1)
    ]
    return {user: [*made, Version("day", 1, "any", Decimal(500), "EUR", 24, NOON + 1, False)] for user in USERS}


def changes(seed: int = 1) -> list[Noted]:
    """Some forty bookings of each user within fifteen seconds, some of them late, some put right, some reversed."""
    chance, made, rows = Random(seed), [], dict[int, Noted]()
    for number in range(80):
        user, kind = chance.choice(USERS), chance.random()
        own = [row for row in rows.values() if row.user_id == user]
        if kind < 0.15 and own:
            noted = chance.choice(own)._replace(amount=Decimal(chance.randint(1, 150)))
        elif kind < 0.3 and own:
            noted = chance.choice(own)._replace(deleted=True)
        else:
            booked = NOON + number * 15 * SECOND // 80 - (chance.random() < 0.2) * 3 * SECOND
            noted = Noted(user, number, False, "debit", Decimal(chance.randint(1, 150)), "EUR", booked)
        if noted.deleted:
            del rows[noted.id]
        else:
            rows[noted.id] = noted
        made.append(noted)
    return made


EXPECTED = recomputed(changes(), versions())


def in_topic(made: list[Noted]) -> list[BankTransactionChanged]:
    return [
        BankTransactionChanged(
            "e", n.user_id, n.id, n.deleted, n.direction, int(n.amount * 100), n.currency, n.booked_at, position, n.booked_at
        )
        for position, n in enumerate(made, 1)
    ]


def raised() -> list[AlertRaised]:
    return [
        AlertRaised(
            f"{key.user_id}-{key.transaction_id}-{key.threshold_id}",
            *key,
            value.version,
            "debit",
            "1.00",
            "EUR",
            f"{value.total:.2f}",
            None,
            NOON,
            NOON,
            NOON,
        )
        for key, value in EXPECTED.items()
    ]


def as_json(alert: AlertRaised) -> dict[str, Any]:
    return {
        "alert_id": alert.event_id,
        "user_id": alert.user_id,
        "transaction_id": alert.transaction_id,
        "threshold_id": alert.threshold_id,
        "threshold_version": alert.threshold_version,
        "total": alert.total,
        "acknowledged_at": None,
    }


def sent(alerts: list[AlertRaised]) -> dict[str, list[Sent]]:
    return {user: [Sent(place, as_json(alert), NOON) for place, alert in enumerate(alerts) if alert.user_id == user] for user in USERS}


def letters(alerts: list[AlertRaised]) -> list[Letter]:
    return [Letter(alert.event_id, json.dumps(as_json(alert)).encode(), as_json(alert)) for alert in alerts]
