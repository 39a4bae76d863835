"""The door: which events come in, under which id. What passes is in every layer; what a layer could not hold is refused here.

Source of the limits: what Elasticsearch's `flattened` field and a Delta table can both hold; each is tried on the real ones
(tests/integration/ingestion/test_layers.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from services.ingestion.contracts.events import LATEST_TIME, EventCollected
from services.ingestion.contracts.sources import FieldType, Source, at
from shared.clock import Clock, from_rfc3339

MOST_BYTES = 256 * 1024
"""Of one event. The brokers take a megabyte; what is larger belongs in an object store, with its address in the event."""
DEEPEST = 16
LONGEST_NAME = 255
LONGEST_ID = 400
"""Bytes in UTF-8: with its source's name it is the id of a document, which Elasticsearch takes up to 512 of."""
AHEAD_MICROS = 24 * 3600 * 1_000_000
"""So far may a source's clock be ahead of ours: a wrong year would open a partition of the tables for each day."""

_LARGEST = 2**63
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder(order="deterministic").encode


class RefusedError(ValueError):
    """Why an event does not come in: one sentence for who sent it."""


class Door:
    """Of one source."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._checks = [(name, type_, _CHECKS[type_]) for name, type_ in source.fields.items() if type_ != "json"]

    def admit(self, text: bytes | msgspec.Raw) -> EventCollected:
        """One event from its JSON. Raises RefusedError."""
        if len(text) > MOST_BYTES:
            raise RefusedError(f"it has {len(text)} bytes: {MOST_BYTES} at most")
        try:
            data = _decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RefusedError(f"it is no JSON: {error}") from error
        if type(data) is not dict:
            raise RefusedError("it is no JSON object")
        self._check(data)
        content = self._content(data)
        event_id = self._id(data, content)
        return EventCollected(event_id, self._source.name, self._key(data, event_id), self._time(data), msgspec.Raw(content))

    def _check(self, data: dict[str, Any]) -> None:
        for name, value in data.items():
            if len(name) > LONGEST_NAME:
                raise RefusedError(f"the name {name[:20]!r}... is longer than {LONGEST_NAME} characters")
            if type(value) in (dict, list):
                _check_nested(value, 2)
        get = data.get
        for name, wanted, right in self._checks:
            value = get(name)
            if value is not None and not right(value):
                raise RefusedError(f"{name} is {str(value)[:40]!r}: {self._source.name} declares it as {wanted}")

    def _content(self, data: dict[str, Any]) -> bytes:
        """The same for the same content, however it was written."""
        content = _encode(data)
        if len(content) > MOST_BYTES:
            raise RefusedError(f"it has {len(content)} bytes written out: {MOST_BYTES} at most")
        if b"\\u0000" in content and any("\0" in text for text in _texts(data)):
            raise RefusedError("it has a character U+0000, which no text of a store holds")
        return content

    def _id(self, data: dict[str, Any], content: bytes) -> str:
        place = self._source.id
        if place is None:
            return hashlib.blake2b(content, digest_size=16, person=b"event", key=self._source.name.encode()[:64]).hexdigest()
        value = at(data, place)
        text = str(value) if type(value) is int else value
        if type(text) is not str or not 0 < len(text.encode()) <= LONGEST_ID or not text.isprintable():
            raise RefusedError(f"{place} is no id: printable characters, {LONGEST_ID} bytes at most, or a whole number")
        return text

    def _time(self, data: dict[str, Any]) -> int:
        place = self._source.time
        value = at(data, place)
        if type(value) is not str:
            raise RefusedError(f"{place} is no time: {self._source.name} says there when it happened, as 2026-01-31T12:00:00Z")
        try:
            occurred_at = from_rfc3339(value)
        except ValueError as error:
            raise RefusedError(f"{place}: {error}") from error
        if not 0 <= occurred_at <= LATEST_TIME:
            raise RefusedError(f"{place} is {value}: from 1970 to April 2262 can be kept")
        if occurred_at > self._clock() + AHEAD_MICROS:
            raise RefusedError(f"{place} is {value}, over a day ahead of our clock")
        return occurred_at

    def _key(self, data: dict[str, Any], event_id: str) -> str:
        value = at(data, self._source.key) if self._source.key else None
        return value if type(value) is str and value else event_id


def _check_nested(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise RefusedError(f"it is nested deeper than {DEEPEST} levels")
    if type(value) is dict:
        for name, inner in value.items():
            if len(name) > LONGEST_NAME:
                raise RefusedError(f"the name {name[:20]!r}... is longer than {LONGEST_NAME} characters")
            if type(inner) in (dict, list):
                _check_nested(inner, depth + 1)
    else:
        for inner in value:
            if type(inner) in (dict, list):
                _check_nested(inner, depth + 1)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, dict):
        yield from value
        for inner in value.values():
            yield from _texts(inner)


_CHECKS: dict[FieldType, Any] = {
    "string": lambda value: type(value) is str,
    "integer": lambda value: type(value) is int and -_LARGEST <= value < _LARGEST,
    "number": lambda value: type(value) in (int, float),
    "boolean": lambda value: type(value) is bool,
}
