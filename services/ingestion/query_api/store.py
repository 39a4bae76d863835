"""The layers as they are asked: Elasticsearch, and Delta tables by SQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deltalake import DeltaTable
from elasticsearch import AsyncElasticsearch

from services.ingestion.contracts.events import LATEST_TIME
from services.ingestion.contracts.lake import DAY, OCCURRED_AT
from services.ingestion.contracts.sources import Source
from services.ingestion.contracts.stores import EVENTS_INDEX, searchable
from services.ingestion.query_api.domain import Count, Counts, Cursor, Found, Page, countable, to_text, typed
from shared.clock import to_rfc3339
from shared.patience import Patience
from shared.stores import StoreUnavailableError
from shared.stores.lake import Lake, batches, unavailable_lake
from shared.stores.search import unavailable_store, within
from shared.window import Window

SORTED_BY: list[dict[str, Any]] = [{"occurred_at": {"order": "desc", "format": "strict_date_optional_time_nanos"}}, {"event_id": "desc"}]
MOST_SOURCES = 1000
ANSWER_SECONDS = 30.0
"""HDFS's native client waits for ever; whoever asks does not."""
QUERIES_AT_ONCE = 2
"""Of one lake: each may use all processors, and holds its groups in memory."""


class SpeedLayer:
    """Elasticsearch, with one document for each event."""

    def __init__(self, client: AsyncElasticsearch, alias: str = EVENTS_INDEX) -> None:
        self._client = client
        self._alias = alias

    async def search(self, source: Source, text: str, window: Window, limit: int, after: Cursor | None) -> Page:
        query = within(window, {"term": {"source": source.name}})
        if text.strip():
            query["bool"]["must"] = {"simple_query_string": {"query": searchable(text), "fields": ["text"], "default_operator": "and"}}
        answer = await self._search(
            query=query,
            size=limit,
            sort=SORTED_BY,
            search_after=[after.occurred_at, after.event_id] if after else None,
            source_includes=["event_id", "source", "occurred_at", "data"],
            track_total_hits=False,
        )
        hits = answer["hits"]["hits"]
        last = Cursor(*hits[-1]["sort"]) if len(hits) == limit else None
        return Page([Found(**hit["_source"]) for hit in hits], to_text(last) if last else None)

    async def counts(self, source: Source, by: str, window: Window, limit: int) -> Counts:
        terms = {"field": f"data.{by}", "size": limit, "order": [{"_count": "desc"}, {"_key": "asc"}]}
        answer = await self._search(
            query=within(window, {"term": {"source": source.name}}), size=0, track_total_hits=True, aggs={"values": {"terms": terms}}
        )
        type_ = countable(source, by)
        buckets = answer["aggregations"]["values"]["buckets"]
        items = [Count(typed(bucket["key"], type_), bucket["doc_count"]) for bucket in buckets]
        return Counts(answer["hits"]["total"]["value"], items)

    async def held(self, source: Source, window: Window) -> int:
        """Each document is another event, since its id is the event's. What was written a moment ago counts too."""
        with unavailable_store():
            await self._client.indices.refresh(index=self._alias)
            answer = await self._client.count(index=self._alias, query=within(window, {"term": {"source": source.name}}))
        count: int = answer["count"]
        return count

    async def totals(self) -> dict[str, int]:
        """Events by source."""
        terms = {"terms": {"field": "source", "size": MOST_SOURCES}}
        answer = await self._search(size=0, track_total_hits=False, aggs={"sources": terms})
        return {bucket["key"]: bucket["doc_count"] for bucket in answer["aggregations"]["sources"]["buckets"]}

    async def close(self) -> None:
        await self._client.close()

    async def _search(self, **query: Any) -> Any:
        with unavailable_store():
            return await self._client.search(index=self._alias, allow_partial_search_results=False, **query)


class BatchLayer:
    """The Delta tables of one lake. A table that nobody has written to yet is empty."""

    def __init__(self, lake: Lake, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._lake = lake
        self._tables: dict[str, DeltaTable] = {}
        self._opening = threading.Lock()
        self._patience = Patience(QUERIES_AT_ONCE, answer_seconds)

    async def counts(self, source: Source, by: str, window: Window, limit: int) -> Counts:
        with _no_answer():
            return await self._patience.call(self._counts, source, by, window, limit)

    async def held(self, source: Source, window: Window) -> int:
        with _no_answer():
            return await self._patience.call(self._held, source, window)

    def _counts(self, source: Source, by: str, window: Window, limit: int) -> Counts:
        table = self._table(source.name)
        if table is None:
            return Counts(0, [])
        ((total,),) = _rows(table, f"SELECT count(*) FROM rows {_where(window)}")
        if by not in {field.name for field in table.schema().fields}:
            return Counts(total, [])
        # `by` is the name of a column: letters, digits and underscores only.
        value = f'CAST("{by}" AS VARCHAR)'
        chosen = _where(window, f'"{by}" IS NOT NULL')
        grouped = f"GROUP BY {value} ORDER BY events DESC, value ASC LIMIT {int(limit)}"
        rows = _rows(table, f"SELECT {value} AS value, count(*) AS events FROM rows {chosen} {grouped}")
        type_ = countable(source, by)
        return Counts(total, [Count(typed(value, type_), count) for value, count in rows])

    def _held(self, source: Source, window: Window) -> int:
        """Rows: each is another event, as documents are. A doubled one would stand out against the other layers, while a count of distinct
        ids would hide it, and hold the ids of a whole table in memory (720 MB of five million)."""
        table = self._table(source.name)
        if table is None:
            return 0
        ((rows,),) = _rows(table, f"SELECT count(*) FROM rows {_where(window)}")
        return int(rows)

    def _table(self, name: str) -> DeltaTable | None:
        """As it is now."""
        with self._opening, unavailable_lake():
            try:
                if name in self._tables:
                    self._tables[name].update_incremental()
                elif (table := self._lake.open(name)) is not None:
                    self._tables[name] = table
            except BaseException:
                self._tables.pop(name, None)
                raise
            return self._tables.get(name)


@contextmanager
def _no_answer() -> Iterator[None]:
    try:
        yield
    except TimeoutError as error:
        raise StoreUnavailableError("lake: no answer in time") from error


def _rows(table: DeltaTable, sql: str) -> Iterator[tuple[Any, ...]]:
    for batch in batches(table, sql):
        yield from zip(*(batch.column(i).to_pylist() for i in range(batch.num_columns)), strict=True)


def _where(window: Window, *conditions: str) -> str:
    bounds = list(conditions)
    # The day too: whole files are left out by it.
    for time, sign, day_sign in ((window.start, ">=", ">="), (window.end, "<", "<=")):
        if time is not None:
            text = to_rfc3339(min(max(time, 0), LATEST_TIME))  # no event is outside, and SQL's nanoseconds end soon after
            bounds += [f"\"{OCCURRED_AT}\" {sign} TIMESTAMP '{text}'", f"\"{DAY}\" {day_sign} DATE '{text[:10]}'"]
    return f"WHERE {' AND '.join(bounds)}" if bounds else ""
