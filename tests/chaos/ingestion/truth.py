"""What must stand in each layer, recomputed from the ledger alone: from what door.py and sources.yaml say, and by nothing of theirs."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from tests.chaos.ledger import Event

EDITS, CHANGES = "wikipedia-edits", "wikimedia-recentchange"
JSON_FIELDS = {EDITS: frozenset[str](), CHANGES: frozenset({"meta", "length", "revision"})}
"""Columns of any value, as JSON."""
TYPED_FIELDS = {
    EDITS: frozenset({"delta", "added", "deleted", "metroCode", "isAnonymous", "isMinor", "isNew", "isRobot", "isUnpatrolled"}),
    CHANGES: frozenset({"id", "namespace", "timestamp", "bot", "minor", "patrolled"}),
}
"""Columns of numbers and booleans; what is neither is text."""
COUNTED_BY = {EDITS: "channel", CHANGES: "wiki"}

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Data = Mapping[str, Any]


class Key(NamedTuple):
    """Sources are id spaces of their own."""

    source: str
    event_id: str


class Document(NamedTuple):
    data: str
    occurred_at: int


class Row(NamedTuple):
    values: dict[str, Any]
    occurred_at: int
    day: date


class Important(NamedTuple):
    rule: str
    data: str
    occurred_at: int


def as_json(value: Any) -> str:
    """The same text for the same value, however it was written."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def event_id(source: str, data: Data) -> str:
    """A source's own id, or else a hash of source and content."""
    if source == CHANGES:
        name: str = data["meta"]["id"]
        return name
    return hashlib.blake2b(as_json(data).encode(), digest_size=16, person=b"event", key=source.encode()).hexdigest()


def occurred_at(source: str, data: Data) -> int:
    return micros(data["time"] if source == EDITS else data["meta"]["dt"])


def micros(time: str) -> int:
    return (datetime.fromisoformat(time) - _EPOCH) // timedelta(microseconds=1)


def documents(events: Iterable[Event]) -> dict[Key, Document]:
    return {_key(e): Document(as_json(e.body), occurred_at(e.topic, e.body)) for e in events}


def rows(events: Iterable[Event]) -> dict[Key, Row]:
    found = {}
    for event in events:
        at = occurred_at(event.topic, event.body)
        found[_key(event)] = Row(values(event.topic, event.body), at, (_EPOCH + timedelta(microseconds=at)).date())
    return found


def values(source: str, data: Data) -> dict[str, Any]:
    """As columns hold them: a null is no value, and of what was not declared a string is itself, and all else its JSON."""
    return {name: _column(source, name, value) for name, value in data.items() if value is not None}


def row_values(source: str, columns: Mapping[str, Any], rest: str | None) -> dict[str, Any]:
    """The same of a row as it was read, with what could be no column."""
    known = {name: value for name, value in columns.items() if value is not None}
    jsons = {name: as_json(json.loads(value)) for name, value in known.items() if name in JSON_FIELDS[source]}
    return known | jsons | values(source, json.loads(rest or "{}"))


def important(events: Iterable[Event]) -> dict[Key, Important]:
    found = {}
    for event in events:
        rule = next((name for name, meets in _RULES[event.topic].items() if meets(event.body)), None)
        if rule is not None:
            found[_key(event)] = Important(rule, as_json(event.body), occurred_at(event.topic, event.body))
    return found


def counts(events: Iterable[Event], source: str) -> Counter[str]:
    """By the field of COUNTED_BY."""
    return Counter(event.body[COUNTED_BY[source]] for event in events if event.topic == source)


def _key(event: Event) -> Key:
    return Key(event.topic, event.event_id)


def _column(source: str, name: str, value: Any) -> Any:
    if name in TYPED_FIELDS[source] or (isinstance(value, str) and name not in JSON_FIELDS[source]):
        return value
    return as_json(value)


_RULES: dict[str, dict[str, Callable[[Data], bool]]] = {
    EDITS: {
        "large-addition": lambda data: data["added"] >= 5000,
        "large-removal": lambda data: data["deleted"] >= 5000,
        "new-article": lambda data: data["isNew"] and data["namespace"] == "Main" and not data["isRobot"],
    },
    CHANGES: {
        "deletion": lambda data: data["type"] == "log" and data["log_type"] == "delete",
        "large-page": lambda data: data["length"]["new"] >= 250_000,
        "new-article": lambda data: data["type"] == "new" and data["namespace"] == 0 and not data["bot"],
    },
}
