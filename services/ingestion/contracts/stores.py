"""Names in the stores, and the one form of what is written and asked there."""

from __future__ import annotations

from unicodedata import normalize

EVENTS_INDEX = "ingestion-events"
SINK_GROUP = "ingestion-elasticsearch-sink"
"""Who writes it, for those who ask how far it is."""


def document_id(source: str, event_id: str) -> str:
    """Sources are id spaces of their own."""
    return f"{source}/{event_id}"


def searchable(text: str) -> str:
    """Composed: to the index the two forms of an accented letter are different words, and a reader sees no difference."""
    return normalize("NFC", text)
