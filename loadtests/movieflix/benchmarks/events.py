"""Positions and ratings as a busy evening makes them, from a seed: every call has fresh events, later than those before."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from services.movieflix.contracts.events import ShowPositionReported, ShowRated
from services.movieflix.contracts.topics import CASE_DIR, SHOW_POSITION, SHOW_RATING
from shared.contracts import load_contracts
from shared.registry import HttpSchemaRegistry
from shared.serialization import AvroCodec, codec_factory
from shared.settings import ServiceSettings
from shared.topics import Topic

VIEWERS, SHOWS = 10_000, 2_000
HEARTBEAT_SECONDS = 10
FILM_SECONDS = 6000.0
SEED = 20_261_123


def positions(number: int, prefix: str) -> list[ShowPositionReported]:
    """Viewers report in turn, each in one show; `prefix` keeps the users of one competitor apart from another's."""
    now = time.time_ns() // 1000
    rng = random.Random(f"{SEED}-{prefix}")
    watching = [(f"{prefix}-u{viewer}", f"s{rng.randrange(SHOWS)}", rng.uniform(0, FILM_SECONDS / 2)) for viewer in range(VIEWERS)]
    made = []
    for i in range(number):
        user_id, show_id, start = watching[i % VIEWERS]
        at = min(FILM_SECONDS, start + HEARTBEAT_SECONDS * (i // VIEWERS))
        event_id = f"{rng.getrandbits(128):032x}"
        made.append(ShowPositionReported(event_id, user_id, show_id, "tv", round(at, 1), FILM_SECONDS, now + i))
    return made


def ratings(number: int, prefix: str) -> list[ShowRated]:
    """A hundred viewers for each thousand ratings, who rate show after show."""
    now = time.time_ns() // 1000
    rng = random.Random(f"{SEED}-{prefix}")
    viewers = max(1, number // 10)
    return [
        ShowRated(f"{rng.getrandbits(128):032x}", f"{prefix}-u{i % viewers}", f"s{rng.randrange(SHOWS)}", rng.randint(1, 10) / 2, now + i)
        for i in range(number)
    ]


def codec_of(topic: Topic[Any]) -> AvroCodec[Any]:
    make: Callable[[Topic[Any]], AvroCodec[Any]] = codec_factory(CASE_DIR, HttpSchemaRegistry(ServiceSettings().registry))
    return make(topic)


def encoded(events: list[Any]) -> list[tuple[bytes, bytes]]:
    """Keys and values, as playback-api writes them (without its headers)."""
    topic: Topic[Any] = SHOW_RATING if events and isinstance(events[0], ShowRated) else SHOW_POSITION
    codec = codec_of(topic)
    return [(topic.key_of(event), codec.encode(event)) for event in events]


def partitions() -> int:
    return load_contracts(CASE_DIR).topic(SHOW_POSITION.name).partitions
