"""Names in the stores."""

from __future__ import annotations

EVENTS_INDEX = "ingestion-events"
SINK_GROUP = "ingestion-elasticsearch-sink"
"""Who writes it, for those who ask how far it is."""


def document_id(source: str, event_id: str) -> str:
    """Sources are id spaces of their own."""
    return f"{source}/{event_id}"
