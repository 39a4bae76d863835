"""An alert as it is answered, and the places of a user's stream."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec

from services.mybank.contracts.events import AlertAcknowledged
from shared.clock import Micros, to_rfc3339

_PLACE = re.compile(r"^(?:-1|[0-9]{1,15})$")

_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode


class Stored(NamedTuple):
    alert_id: str
    place: int
    """Rises from alert to alert of a user; the event id of the stream."""
    body: bytes
    acknowledged_at: Micros | None


def answer(stored: Stored) -> bytes:
    """The alert as JSON."""
    seen = None if stored.acknowledged_at is None else to_rfc3339(stored.acknowledged_at)
    return _encode(_decode(stored.body) | {"acknowledged_at": seen})


def raised_at(stored: Stored) -> str:
    """RFC 3339."""
    text: str = _decode(stored.body)["raised_at"]
    return text


def place_after(last_event_id: str) -> int | None:
    """The place up to which a client has seen the stream; None where it names none."""
    return int(last_event_id) if _PLACE.match(last_event_id) else None


def stream_place(place: int) -> bytes:
    """What a stream begins with: a place to resume from, and no event (WHATWG HTML, 9.2.6: empty data is not dispatched)."""
    return f"id: {place}\n\n".encode()


def acknowledged(user_id: str, alert_id: str, now: Micros) -> AlertAcknowledged:
    return AlertAcknowledged(str(uuid4()), user_id, alert_id, now)
