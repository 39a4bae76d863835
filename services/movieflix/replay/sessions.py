"""Viewing sessions that MovieLens does not tell: invented before each rating, from the rating alone.

The same rating always gets the same session, so that a second replay sends the same events. What is invented: running times, devices,
how far a viewer came and when. What is real: who rated what, how and when.
"""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from shared.clock import to_rfc3339

DEVICES = ("tv", "laptop", "phone")
SHORTEST_MINUTES, LONGEST_MINUTES = 75, 150
MOST_POSITIONS = 4
LIKED_HALVES = 6
"""From three stars on the film was watched to its end."""


class PositionBody(msgspec.Struct, frozen=True):
    """As playback-api takes it."""

    user_id: str
    show_id: str
    device_id: str
    position_seconds: float
    duration_seconds: float
    occurred_at: str
    event_id: str


class RatingBody(msgspec.Struct, frozen=True):
    """As playback-api takes it."""

    user_id: str
    show_id: str
    rating: float
    occurred_at: str
    event_id: str


class Session(msgspec.Struct, frozen=True):
    """The positions before a rating, in order of time, and the rating."""

    position_seconds_since_epoch: list[int]
    positions: list[PositionBody]
    rating: RatingBody


def session(user: int, movie: int, halves: int, seconds: int) -> Session:
    """Event ids are made of the rating's own user, movie and time; every position lies before the rating."""
    chance = int.from_bytes(blake2b(b"%d:%d:%d" % (user, movie, seconds), digest_size=8).digest())
    chance, count = divmod(chance, MOST_POSITIONS)
    chance, device = divmod(chance, len(DEVICES))
    chance, minutes_before_rating = divmod(chance, 10)
    duration = runtime_seconds(movie)
    # In hundredths: 96 to 100 where it was watched to the end (finished is from 95 on), 5 to 90 where not.
    furthest = (96 + chance % 5 if halves >= LIKED_HALVES else 5 + chance % 86) / 100
    user_id, show_id, event_id = str(user), str(movie), f"ml:{user}:{movie}:{seconds}"
    last = seconds - 60 * (1 + minutes_before_rating)
    times, positions = [], []
    for number in range(1, count + 2):
        position = round(furthest * duration * number / (count + 1), 1)
        time = last - int(furthest * duration - position)
        times.append(time)
        positions.append(
            PositionBody(user_id, show_id, DEVICES[device], position, duration, to_rfc3339(time * 1_000_000), f"{event_id}:{number}")
        )
    return Session(times, positions, RatingBody(user_id, show_id, halves / 2, to_rfc3339(seconds * 1_000_000), event_id))


def runtime_seconds(movie: int) -> float:
    """Invented, the same for all viewers of a film."""
    spread = LONGEST_MINUTES - SHORTEST_MINUTES + 1
    # Knuth's multiplicative hash: films next to each other in the catalogue differ.
    return 60.0 * (SHORTEST_MINUTES + (movie * 2_654_435_761 % 2**32) % spread)
