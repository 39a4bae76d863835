"""Time as the events carry it: microseconds since the epoch, UTC."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Annotated

import msgspec

Micros = int
Clock = Callable[[], Micros]

_Time = Annotated[datetime, msgspec.Meta(tz=True)]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)


def now() -> Micros:
    return time.time_ns() // 1000


def rising(clock: Clock) -> Clock:
    """`clock`, but later by a microsecond at least at each call: what one process says in turn stays in that order."""
    last = -1

    def tick() -> Micros:
        nonlocal last
        last = max(last + 1, clock())
        return last

    return tick


def to_micros(moment: datetime) -> Micros:
    """Exact for any aware datetime: a float timestamp would round the microseconds of far dates."""
    return (moment - _EPOCH) // _MICROSECOND


def to_rfc3339(micros: Micros) -> str:
    """RFC 3339 in UTC with a `Z`, microseconds only where there are any."""
    seconds, fraction = divmod(micros, 1_000_000)
    return f"{_second(seconds)}.{fraction:06d}Z" if fraction else f"{_second(seconds)}Z"


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    # Kept, since events of the same second come together, and a datetime would be a tenth of what a record costs.
    return (_NAIVE_EPOCH + timedelta(seconds=seconds)).isoformat()


def from_rfc3339(text: str) -> Micros:
    """Raises ValueError where the text is no RFC 3339 time with an offset. Digits beyond microseconds are rounded."""
    try:
        # As strict as request bodies are; datetime.fromisoformat takes all of ISO 8601, week dates and bare dates among them.
        return to_micros(msgspec.convert(text, _Time))
    except msgspec.ValidationError as error:
        raise ValueError(f"{text[:50]!r} is no RFC 3339 time with an offset: write it as 2026-01-31T12:00:00Z") from error
