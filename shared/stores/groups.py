"""Exact groups of an Elasticsearch query: composite aggregations, read page by page.

Composite is exact for any number of shards, documents and groups. `cardinality` estimates, and `terms` stops at its size.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from elasticsearch import AsyncElasticsearch

from shared.stores.search import unavailable_store

PAGE_SIZE = 10_000
"""Below `search.max_buckets` (65,536) with room for sub-aggregations."""


async def groups(
    client: AsyncElasticsearch,
    aliases: Sequence[str],
    query: Mapping[str, Any],
    sources: Mapping[str, Mapping[str, Any]],
    aggregations: Mapping[str, Any] | None = None,
) -> AsyncIterator[dict[str, Any]]:
    """Each group of the documents that match, as `{"key": {source: value}, "doc_count": n, ...}`, by rising keys.

    Raises StoreUnavailableError; a part of the shards is never taken for all. Pages see what is indexed when each is read.
    """
    composite: dict[str, Any] = {"size": PAGE_SIZE, "sources": [{name: source} for name, source in sources.items()]}
    while True:
        with unavailable_store():
            answer = await client.search(
                index=list(aliases),
                size=0,
                query=dict(query),
                aggs={"groups": {"composite": composite, "aggs": dict(aggregations or {})}},
                track_total_hits=False,
                allow_partial_search_results=False,
                filter_path=["aggregations.groups"],
            )
        page = answer["aggregations"]["groups"]
        for bucket in page["buckets"]:
            yield bucket
        if len(page["buckets"]) < PAGE_SIZE:
            return
        composite["after"] = page["after_key"]
