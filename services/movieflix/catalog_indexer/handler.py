"""From a batch of entries to the index: one document for each show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from services.movieflix.catalog_indexer.domain import latest_entries
from services.movieflix.contracts.events import ShowCatalogued
from shared.consumer.handler import Record, Rejection


class Catalogue(Protocol):
    def put(self, entries: Mapping[str, ShowCatalogued]) -> dict[str, str]:
        """Write what is later than the stored entry. Idempotent, in any order. Answers show id -> reason for what is refused for good.

        Raises StoreUnavailableError.
        """


class CatalogueHandler:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def handle(self, records: Sequence[Record[ShowCatalogued]]) -> Iterable[Rejection]:
        rejections: list[Rejection] = []
        remaining = list(records)
        while remaining:
            entries = latest_entries(record.event for record in remaining)
            refused = self._catalogue.put(entries)
            contested = [record for record in remaining if record.event.show_id in refused]
            # An entry that cannot be stored must not hide the one before it.
            remaining = [record for record in contested if record.event is not entries[record.event.show_id]]
            rejections += [
                Rejection(record, refused[record.event.show_id]) for record in contested if record.event is entries[record.event.show_id]
            ]
        return rejections
