"""The document of an event."""

from __future__ import annotations

from typing import Any

import msgspec

from services.ingestion.contracts.events import EventCollected
from services.ingestion.contracts.sources import Source
from services.ingestion.contracts.stores import searchable
from shared.clock import to_rfc3339

_encode = msgspec.json.Encoder().encode


class Documents:
    """Makes documents of one source's events."""

    def __init__(self, source: Source) -> None:
        fields: list[Any] = [(name, Any, None) for name in source.search]
        self._searched = msgspec.json.Decoder(msgspec.defstruct("Searched", fields, gc=False)).decode

    def document(self, event: EventCollected) -> msgspec.Raw:
        """Its envelope, its data as it is, and the text that it is found by. The data is not read as a whole."""
        searched = msgspec.structs.astuple(self._searched(event.data))
        text = searchable(" \n".join([value for value in searched if type(value) is str]))
        head = _encode({"event_id": event.event_id, "source": event.source, "occurred_at": to_rfc3339(event.occurred_at), "text": text})
        return msgspec.Raw(b'%s,"data":%s}' % (head[:-1], bytes(event.data)))
