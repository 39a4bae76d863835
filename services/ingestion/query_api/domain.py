"""What may be asked, and how an answer's values are typed."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import msgspec

from services.ingestion.contracts.events import LATEST_TIME
from services.ingestion.contracts.sources import FIELD_NAME, FieldType, Source
from shared.clock import from_rfc3339, to_rfc3339

_TYPES: dict[FieldType, Any] = {"integer": int, "number": float, "boolean": bool}


class QuestionError(ValueError):
    """What was asked for cannot be answered; a sentence for who asked."""


class Cursor(msgspec.Struct, frozen=True, array_like=True):
    """The place of the last event of a page, in the order of pages: later events first."""

    occurred_at: str
    event_id: str


class Found(msgspec.Struct, frozen=True):
    event_id: str
    source: str
    occurred_at: str
    data: Any


class Page(msgspec.Struct, frozen=True):
    items: list[Found]
    cursor: str | None


class Count(msgspec.Struct, frozen=True):
    value: Any
    count: int


class Counts(msgspec.Struct, frozen=True):
    """`total` are the events in the window, with or without a value."""

    total: int
    items: list[Count]


def to_text(cursor: Cursor) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).decode().rstrip("=")


def from_text(text: str) -> Cursor:
    """Raises QuestionError."""
    try:
        cursor = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Cursor)
        occurred_at = from_rfc3339(cursor.occurred_at)
        if not 0 <= occurred_at <= LATEST_TIME:
            raise ValueError(cursor.occurred_at)
    except (binascii.Error, msgspec.MsgspecError, ValueError) as error:
        raise QuestionError("this cursor is from no answer of this call") from error
    # The index refuses what other readers of RFC 3339 take.
    return Cursor(to_rfc3339(occurred_at), cursor.event_id)


def countable(source: Source, name: str) -> FieldType:
    """The type of a field that events can be counted by; one that is not declared is text. Raises QuestionError."""
    type_ = source.fields.get(name, "string")
    if type_ == "json" or not FIELD_NAME.fullmatch(name):
        known = ", ".join(field for field, its in source.fields.items() if its != "json")
        raise QuestionError(f"by={name[:50]}: count by a field that has one value, as {known}")
    return type_


def typed(text: str, type_: FieldType) -> Any:
    """A value as events have it, from the text that layers group by. What came in before its field was declared so stays text."""
    if type_ not in _TYPES:
        return text
    try:
        return msgspec.json.decode(text, type=_TYPES[type_])
    except msgspec.DecodeError:
        return text


def missing(counts: dict[str, int]) -> dict[str, int]:
    """How many each layer has less than the fullest."""
    most = max(counts.values())
    return {layer: most - count for layer, count in counts.items()}
