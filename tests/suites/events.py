"""An event of no case, with its topic and codec: what the suites of shared/ send."""

from __future__ import annotations

from typing import Any

import msgspec

from shared.registry import InMemorySchemaRegistry
from shared.serialization import AvroCodec
from shared.topics import Topic

SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "SeatTaken",
    "fields": [
        {"name": "event_id", "type": "string"},
        {"name": "seat", "type": "string"},
        {"name": "number", "type": "long"},
        {"name": "occurred_at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
    ],
}


class SeatTaken(msgspec.Struct, frozen=True):
    event_id: str
    seat: str
    number: int
    occurred_at: int


def seat_taken(number: int, seat: str = "A1") -> SeatTaken:
    return SeatTaken(f"event-{number}", seat, number, 1_767_225_600_000_000 + number)


def topic_of(name: str) -> Topic[SeatTaken]:
    return Topic(name, SeatTaken, key="seat")


def codec_of(name: str) -> AvroCodec[SeatTaken]:
    """With a registry in memory: the wire format is the same, and suites of consumers need no other."""
    registry = InMemorySchemaRegistry()
    registry.register(f"{name}-value", SCHEMA)
    return AvroCodec(topic_of(name), SCHEMA, registry)
