"""Documents of which the latest stands, in Elasticsearch: by version, and by event id where two versions are equal."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from elasticsearch import Elasticsearch

from shared.stores.search import BulkItem, ItemResult, bulk, unavailable_store


def index_latest(client: Elasticsearch, items: Sequence[BulkItem]) -> list[ItemResult]:
    """Index each item unless a later one is stored; 409 in the results says that the stored one stands.

    Later is the higher external version; of equal versions the higher `event_id` of the document. Documents without `event_id` are taken to
    be equal where their versions are. Idempotent, in any order; at most one item for each id. Raises StoreUnavailableError.

    One writer at a time for each id, as partitions have: two that write different events of the very same microsecond
    at the same moment could leave the lower event id standing.
    """
    results = bulk(client, items)
    contested = [i for i, result in enumerate(results) if result.conflict and "event_id" in items[i].document]
    if not contested:
        return results
    stored = _versions(client, [items[i] for i in contested])
    won = [
        i
        for i, (version, event_id) in zip(contested, stored, strict=True)
        if version == items[i].version and event_id < items[i].document["event_id"]
    ]
    for i, result in zip(won, bulk(client, [msgspec.structs.replace(items[i], version_type="external_gte") for i in won]), strict=True):
        results[i] = result
    return results


def _versions(client: Elasticsearch, items: list[BulkItem]) -> list[tuple[int, str]]:
    """(version, event id) of what is stored; (-1, "") where a document went away in between."""
    with unavailable_store():
        answer = client.mget(docs=[{"_index": item.alias, "_id": item.id, "_source": ["event_id"]} for item in items])
    return [(d["_version"], d["_source"].get("event_id", "")) if d.get("found") else (-1, "") for d in answer["docs"]]
