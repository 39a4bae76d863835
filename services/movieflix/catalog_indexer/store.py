"""The catalogue in Elasticsearch, as catalog-api searches it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from elasticsearch import Elasticsearch

from services.movieflix.contracts.events import ShowCatalogued
from services.movieflix.contracts.stores import SHOWS_INDEX
from shared.folding import fold
from shared.stores.latest import index_latest
from shared.stores.search import BulkItem


class CatalogueIndex:
    """Blocking; one a process. `alias` is the index in use; tests name one of their own."""

    def __init__(self, client: Elasticsearch, alias: str = SHOWS_INDEX) -> None:
        self._client = client
        self._alias = alias

    def put(self, entries: Mapping[str, ShowCatalogued]) -> dict[str, str]:
        items = [BulkItem("index", self._alias, show_id, _document(entry), entry.occurred_at) for show_id, entry in entries.items()]
        results = index_latest(self._client, items)
        return {
            show_id: result.error or ""
            for show_id, result in zip(entries, results, strict=True)
            if result.status >= 300 and not result.conflict
        }


def _document(entry: ShowCatalogued) -> dict[str, Any]:
    return {
        "event_id": entry.event_id,
        "show_id": entry.show_id,
        "title": entry.title,
        "search_title": " ".join(fold(entry.title)),
        "genres": entry.genres,
        "year": entry.year,
        "runtime_minutes": entry.runtime_minutes,
    }
