"""From a batch of events to the tables of their sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from services.ingestion.contracts.events import EventCollected
from shared.consumer.handler import Record, Rejection


class Table(Protocol):
    def append(self, records: Sequence[Record[EventCollected]]) -> None:
        """On return every record is in the table, once, whatever was there before. Raises StoreUnavailableError."""


class LakeHandler:
    def __init__(self, tables: Mapping[str, Table]) -> None:
        self._tables = tables

    def handle(self, records: Sequence[Record[EventCollected]]) -> Iterable[Rejection]:
        by_source: dict[str, list[Record[EventCollected]]] = {}
        for record in records:
            by_source.setdefault(record.event.source, []).append(record)
        unknown = [record for source in by_source.keys() - self._tables.keys() for record in by_source.pop(source)]
        for source, its_records in by_source.items():
            self._tables[source].append(its_records)
        return [Rejection(record, f"sources.yaml declares no source {record.event.source}") for record in unknown]
