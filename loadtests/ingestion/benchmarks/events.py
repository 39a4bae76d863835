"""Edits for benchmarks, from a seed: every call has others."""

from __future__ import annotations

import time
from itertools import count, islice
from random import Random

import msgspec

from services.ingestion.contracts.door import Door
from services.ingestion.contracts.events import EventCollected, EventCollectedCodec
from services.ingestion.contracts.sources import sources
from services.ingestion.contracts.topics import EVENTS
from services.ingestion.editors.domain import SOURCE, edits
from shared import clock

SEED = 20_261_123
DAYS_MICROS = 3 * 24 * 3600 * 1_000_000
"""Edits are spread over so many days before now, so that a batch is of several partitions of a table."""


def lines(number: int, prefix: str) -> list[bytes]:
    """JSON, as a source sends it."""
    now, places = time.time_ns() // 1000, count()
    step = DAYS_MICROS // max(1, number)
    encode = msgspec.json.Encoder().encode
    return [encode(edit) for edit in islice(edits(Random(f"{SEED}-{prefix}"), lambda: now - DAYS_MICROS + step * next(places)), number)]


def admitted(number: int, prefix: str) -> list[EventCollected]:
    door = Door(sources()[SOURCE], clock.now)
    return [door.admit(line) for line in lines(number, prefix)]


def records(number: int, prefix: str) -> list[tuple[bytes, bytes]]:
    """Keys and values, as ingest-api writes them (without its headers)."""
    codec = EventCollectedCodec()
    return [(EVENTS.key_of(event), codec.encode(event)) for event in admitted(number, prefix)]
