"""What can be stored of an event, and what follows from events: current ratings and furthest positions."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from services.movieflix.contracts.events import ShowPositionReported, ShowRated
from services.movieflix.contracts.rules import fraction_watched

Event = ShowPositionReported | ShowRated

LATEST_TIME = 9_223_372_036_854_775
"""Microseconds; Elasticsearch keeps times as nanoseconds since 1970 in 63 bits, which ends in April 2262."""

LONGEST_PAIR = 512
"""Bytes of user and show with a bar between: the limit of an id in Elasticsearch."""

_DOUBLE = struct.Struct(">d")
_LONG = struct.Struct(">q")


def unstorable(event: Event) -> str | None:
    """Why an event cannot be stored, whoever sent it; None where it can."""
    if not 0 <= event.occurred_at <= LATEST_TIME:
        return f"occurred_at {event.occurred_at} is before 1970 or after April 2262"
    if "|" in event.user_id:
        return "user_id has a bar, which would make user and show ambiguous"
    if len(event.user_id) + len(event.show_id) > LONGEST_PAIR // 4 - 1 and len(pair(event).encode()) > LONGEST_PAIR:
        return f"user_id and show_id are longer than {LONGEST_PAIR} bytes together"
    # Written so that NaN fails too.
    if isinstance(event, ShowRated):
        return None if abs(event.rating) < float("inf") else f"rating {event.rating} is no number"
    if not (0 <= event.position_seconds < float("inf") and 0 < event.duration_seconds < float("inf")):
        return f"position_seconds {event.position_seconds} of duration_seconds {event.duration_seconds} is no place in a show"
    return None


def pair(event: Event) -> str:
    """The id of what is kept once for each user and show."""
    return f"{event.user_id}|{event.show_id}"


def current_ratings(events: Iterable[Event]) -> dict[str, ShowRated]:
    """Of each user and show the latest rating by (occurred_at, event_id)."""
    latest: dict[str, ShowRated] = {}
    for event in events:
        if isinstance(event, ShowRated):
            key = pair(event)
            other = latest.get(key)
            if other is None or (event.occurred_at, event.event_id) > (other.occurred_at, other.event_id):
                latest[key] = event
    return latest


def furthest_positions(events: Iterable[Event]) -> dict[str, ShowPositionReported]:
    """Of each user and show the position with the highest fraction of its duration."""
    furthest: dict[str, ShowPositionReported] = {}
    for event in events:
        if isinstance(event, ShowPositionReported):
            key = pair(event)
            other = furthest.get(key)
            if other is None or fraction(event) > fraction(other):
                furthest[key] = event
    return furthest


def fraction(event: ShowPositionReported) -> float:
    """0 to 1."""
    return fraction_watched(event.position_seconds, event.duration_seconds)


def fraction_version(fraction: float) -> int:
    """A whole number that orders exactly as fractions do: the bits of a double that is not negative, read as an integer."""
    # The sum makes 0.0 of -0.0, whose bits are those of a negative number.
    bits: int = _LONG.unpack(_DOUBLE.pack(fraction + 0.0))[0]
    return bits
