"""The events of this case, as the code has them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from shared.serialization import UnreadableError

LATEST_TIME = 9_223_372_036_854_775
"""Microseconds: April 2262, where nanoseconds since 1970 leave 63 bits."""
_BRACE = ord("{")


class EventCollected(msgspec.Struct, frozen=True, gc=False):
    """What a source sent, unchanged but for spaces and the order of keys, in an envelope."""

    event_id: str
    source: str
    key: str
    occurred_at: Annotated[int, msgspec.Meta(ge=0, le=LATEST_TIME)]
    """Microseconds since the epoch, as the source says."""
    data: msgspec.Raw
    """A JSON object."""


class FileLineRead(msgspec.Struct, frozen=True, gc=False):
    """Kafka Connect read a line of a file; what source it is of stands in a header."""

    line: bytes


class ImportantEventFound(msgspec.Struct, frozen=True):
    """An event met one of its source's rules of importance."""

    event_id: str
    source: str
    rule: str
    data: str
    occurred_at: int


class EventCollectedCodec:
    """JSON: what comes from outside has the shape that it has, and no schema of ours would keep it from changing (docs/adr/0026)."""

    content_type = "application/json"

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(EventCollected).decode

    def encode(self, event: Any) -> bytes:
        return self._encode(event)

    def decode(self, value: bytes | None) -> EventCollected:
        """Raises UnreadableError. `data` is checked to be JSON, though not its numbers, and to be an object by its first byte."""
        try:
            event = self._decode(value or b"")
            str(event.data, "utf-8")  # as msgspec.Raw it was passed over byte by byte
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise UnreadableError(f"no event in its envelope: {error}") from error
        if memoryview(event.data)[0] != _BRACE:
            raise UnreadableError("its data is no JSON object")
        return event
