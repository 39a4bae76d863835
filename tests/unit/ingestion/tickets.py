"""A source that no case has, its events, and their records."""

from __future__ import annotations

from typing import Any

import msgspec

from services.ingestion.contracts.events import EventCollected
from services.ingestion.contracts.sources import Condition, Source
from services.ingestion.contracts.topics import EVENTS
from shared.clock import from_rfc3339
from shared.consumer.handler import Record

NOON = from_rfc3339("2026-01-01T12:00:00Z")
DAY = 24 * 3600 * 1_000_000
TICKET: dict[str, Any] = {
    "time": "2026-01-01T12:00:00Z",
    "film": "Metropolis",
    "seat": 7,
    "price": 12.5,
    "online": True,
    "buyer": {"name": "Ada"},
}

TICKETS = Source(
    name="tickets",
    about="Tickets that were sold",
    time="time",
    key="film",
    fields={"time": "string", "film": "string", "seat": "integer", "price": "number", "online": "boolean", "buyer": "json"},
    search=("film",),
    important={"expensive": {"price": Condition(above=99)}},
)


def clock() -> int:
    return NOON


def collected(event_id: str, source: str = "tickets", at: int = NOON, **data: Any) -> EventCollected:
    """An event as the door lets it in, with these fields."""
    return EventCollected(event_id, source, event_id, at, msgspec.Raw(msgspec.json.encode(data, order="deterministic")))


def record(event: EventCollected, offset: int, partition: int = 0) -> Record[EventCollected]:
    return Record(EVENTS.name, partition, offset, event.key.encode(), event)
