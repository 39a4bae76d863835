"""What is sent to a receiver, how it can tell whom it is from, and when it is tried again."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import NamedTuple

import msgspec

from services.mybank.contracts.events import AlertRaised
from shared.clock import Micros, to_rfc3339

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
"""So soon after it is back at the latest does a receiver get what it missed."""

GIVEN_UP_AFTER_SECONDS = 7 * 24 * 3600

_encode = msgspec.json.Encoder().encode


class Letter(msgspec.Struct, frozen=True, array_like=True):
    """One alert for one receiver; the body is the same at each attempt."""

    alert_id: str
    raised_at: Micros
    body: str


class Attempt(NamedTuple):
    """Headers of one attempt, by https://www.standardwebhooks.com."""

    headers: list[tuple[bytes, bytes]]
    content: bytes


def letter(event: AlertRaised) -> Letter:
    body = {
        "type": "alert.raised",
        "timestamp": to_rfc3339(event.occurred_at),
        "data": {
            "alert_id": event.event_id,
            "user_id": event.user_id,
            "transaction_id": event.transaction_id,
            "threshold_id": event.threshold_id,
            "threshold_version": event.threshold_version,
            "direction": event.direction,
            "amount": event.amount,
            "currency": event.currency,
            "total": event.total,
            "window_hours": event.window_hours,
            "booked_at": to_rfc3339(event.booked_at),
        },
    }
    return Letter(event.event_id, event.occurred_at, _encode(body).decode())


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the base64 of HMAC-SHA256 over `<id>.<timestamp>.<body>`.

    The key is the secret as UTF-8, or, where it is written as `whsec_<base64>`, those bytes.
    """
    digest = hmac.digest(_key(secret), f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(digest).decode()


def attempt(letter: Letter, secret: str, now: Micros) -> Attempt:
    """The id stays from attempt to attempt, so that a receiver can tell a retry; time and signature are new."""
    content = letter.body.encode()
    timestamp = now // 1_000_000
    headers = {
        "content-type": "application/json",
        "user-agent": "mybank-notifier/1",
        "webhook-id": letter.alert_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, letter.alert_id, timestamp, content),
    }
    return Attempt([(name.encode(), value.encode()) for name, value in headers.items()], content)


def pause_seconds(failures: int, chance: float) -> float:
    """Before the next attempt, after so many failures in a row: doubling, with a fifth more or less (`chance` is 0 to 1)."""
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2.0 ** min(failures - 1, 30))
    return pause * (0.8 + 0.4 * chance)


def given_up(letter: Letter, now: Micros) -> bool:
    return now - letter.raised_at > GIVEN_UP_AFTER_SECONDS * 1_000_000


def _key(secret: str) -> bytes:
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
