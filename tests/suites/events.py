"""An event of no case, with its topic and codec: what the suites of shared/ write, and look for among the dead letters."""

from __future__ import annotations

from typing import Any

import msgspec

from shared.registry import InMemorySchemaRegistry
from shared.serialization import AvroCodec
from shared.topics import Topic
from tests.suites.cluster import Cluster

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


def write(cluster: Cluster, topic: str, numbers: range, partitions: int = 1) -> None:
    codec = codec_of(topic)
    for number in numbers:
        cluster.append(topic, codec.encode(seat_taken(number)), partition=number % partitions)


def one_letter(cluster: Cluster, topic: str) -> list[Any]:
    letters = cluster.records(f"{topic}.dlq")
    assert len(letters) == 1, f"{len(letters)} dead letters"
    return letters
