"""Time as the events carry it: microseconds since the epoch, UTC."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Micros = int
Clock = Callable[[], Micros]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def now() -> Micros:
    return time.time_ns() // 1000


def to_micros(moment: datetime) -> Micros:
    """Exact for any aware datetime: a float timestamp would round the microseconds of far dates."""
    return (moment - _EPOCH) // _MICROSECOND


def to_rfc3339(micros: Micros) -> str:
    """RFC 3339 in UTC with a `Z`, microseconds only where there are any."""
    seconds, fraction = divmod(micros, 1_000_000)
    moment = _EPOCH + timedelta(seconds=seconds)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S") if moment.year >= 1000 else moment.replace(tzinfo=None).isoformat()
    return f"{text}.{fraction:06d}Z" if fraction else f"{text}Z"


def from_rfc3339(text: str) -> Micros:
    """Raises ValueError where the text is no RFC 3339 time with an offset."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset: write it in UTC, as 2026-01-31T12:00:00Z")
    return to_micros(moment)
