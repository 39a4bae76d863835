"""From a batch of events to the index: all of them, some in the dead letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import msgspec

from services.ingestion.contracts.events import EventCollected
from services.ingestion.contracts.sources import Source
from services.ingestion.contracts.stores import document_id
from services.ingestion.elasticsearch_sink.domain import Documents
from shared.consumer.handler import Record, Rejection


class Index(Protocol):
    def add(self, documents: Iterable[tuple[str, msgspec.Raw]]) -> list[str | None]:
        """Ids with their documents, made as they are taken. None for what is in the index now, else why it never will be.

        Raises StoreUnavailableError where a part is not in yet: all of it is to be added again.
        """


class SinkHandler:
    def __init__(self, index: Index, sources: Mapping[str, Source]) -> None:
        self._index = index
        self._documents = {name: Documents(source) for name, source in sources.items()}

    def handle(self, records: Sequence[Record[EventCollected]]) -> Iterable[Rejection]:
        rejections, known = [], []
        for record in records:
            if record.event.source in self._documents:
                known.append(record)
            else:
                rejections.append(Rejection(record, f"sources.yaml declares no source {record.event.source}"))
        documents = (
            (document_id(event.source, event.event_id), self._documents[event.source].document(event))
            for event in (record.event for record in known)
        )
        outcomes = self._index.add(documents)
        return rejections + [Rejection(record, why) for record, why in zip(known, outcomes, strict=True) if why is not None]
