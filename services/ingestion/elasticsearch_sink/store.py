"""The index of events: `_bulk`, in requests of a bounded size one after the other, with a look at every item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from elasticsearch import Elasticsearch

from shared.stores.search import BulkItem, bulk_in_turn

REQUEST_BYTES = 8 * 1024 * 1024
"""A request is in the memory of both sides as a whole; ten megabytes is where more stops being faster."""
REQUEST_DOCUMENTS = 2000


class EventIndex:
    """Blocking; one a process."""

    def __init__(self, client: Elasticsearch, alias: str, *, fixed_ids: bool) -> None:
        self._client = client
        self._alias = alias
        self._fixed_ids = fixed_ids

    def add(self, documents: Iterable[tuple[str, msgspec.Raw]]) -> list[str | None]:
        # `create` leaves alone what is there: an id seen again changes nothing, whatever came with it.
        items = (BulkItem("create", self._alias, name if self._fixed_ids else None, document) for name, document in documents)
        results = bulk_in_turn(self._client, _requests(items))
        return [result.error or str(result.status) if result.status >= 300 and not result.conflict else None for result in results]


def _requests(items: Iterator[BulkItem]) -> Iterator[list[BulkItem]]:
    request: list[BulkItem] = []
    size = 0
    for item in items:
        if request and (len(request) == REQUEST_DOCUMENTS or size + len(item.document) > REQUEST_BYTES):
            yield request
            request, size = [], 0
        request.append(item)
        size += len(item.document)
    if request:
        yield request
