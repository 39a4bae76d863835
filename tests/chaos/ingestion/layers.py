"""What stands in each layer, read from it as a whole and by nothing of the services: doubles are to be seen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from deltalake import QueryBuilder
from elasticsearch import Elasticsearch

from services.ingestion.contracts.lake import DAY, EVENT_ID, OCCURRED_AT, OWN, REST, Layer, lake
from services.ingestion.contracts.stores import EVENTS_INDEX
from services.ingestion.contracts.topics import CASE_DIR, EVENTS, FILE_LINES, IMPORTANT_EVENTS
from shared.registry import HttpSchemaRegistry
from shared.serialization import codec_factory
from shared.settings import ServiceSettings
from shared.stores import search
from tests.chaos.ingestion.load import KEYS
from tests.chaos.ingestion.truth import Document, Important, Key, Row, as_json, micros, row_values
from tests.chaos.ledger import Finding, Flaw, Record
from tests.integration.real_cluster import RealCluster

PAGE = 5000
_MICROSECOND = 1_000_000


class Layers:
    """Of what one run has sent: its keys begin with `prefix`. Other events may stand beside it."""

    def __init__(self, settings: ServiceSettings, prefix: str) -> None:
        self._settings = settings
        self._prefix = prefix
        self._cluster = RealCluster(settings.kafka.client())
        self._elastic = search.connect(settings.elasticsearch)
        self._important = codec_factory(CASE_DIR, HttpSchemaRegistry(settings.registry))(IMPORTANT_EVENTS)

    def log(self) -> list[Record]:
        messages = self._cluster.records(EVENTS.name)
        records = [Record((m.key() or b"").decode(), dict(m.headers() or ()).get("ce_id", b"").decode()) for m in messages]
        return [record for record in records if record.key.startswith(self._prefix)]

    def documents(self) -> list[tuple[Key, Document]]:
        self._elastic.indices.refresh(index=EVENTS_INDEX)
        return [
            (Key(source["source"], source["event_id"]), Document(as_json(source["data"]), micros(source["occurred_at"])))
            for source in _documents(self._elastic)
            if self._ours(source["source"], source["data"])
        ]

    def rows(self, layer: Layer) -> list[tuple[Key, Row]]:
        return [found for source in KEYS for found in self._rows(layer, source)]

    def important(self) -> list[tuple[Key, Important]]:
        """Of committed records."""
        events = [self._important.decode(message.value()) for message in self._cluster.records(IMPORTANT_EVENTS.name)]
        found = [(event, as_json(json.loads(event.data))) for event in events if self._prefix in event.data]
        return [(Key(event.source, event.event_id), Important(event.rule, data, event.occurred_at)) for event, data in found]

    def dead_letters(self, written: bytes) -> tuple[list[Finding], int]:
        """Of every topic: nothing that was sent is to be refused. And how many pieces of lines are, which is no fault: Connect's file
        source, started again, begins in the middle of one where the file has more bytes than characters. `written` is the file."""
        findings, pieces = [], 0
        for topic in (EVENTS, FILE_LINES, IMPORTANT_EVENTS):
            buried = self._cluster.records(topic.dead_letters)
            whole = [m for m in buried if topic is not FILE_LINES or not is_piece(m.value() or b"", written)]
            pieces += len(buried) - len(whole)
            ours = [m for m in whole if self._prefix.encode() in (m.value() or b"")]
            if ours:
                example = f"{ours[0].headers()}: {(ours[0].value() or b'')[:300]!r}"
                findings.append(Finding(f"topic {topic.dead_letters}", Flaw.UNEXPECTED, len(ours), example))
        return findings, pieces

    def close(self) -> None:
        self._elastic.close()
        self._cluster.close()

    def _ours(self, source: str, data: Mapping[str, Any]) -> bool:
        return str(data.get(KEYS[source], "")).startswith(self._prefix)

    def _rows(self, layer: Layer, source: str) -> Iterator[tuple[Key, Row]]:
        table = lake(layer, self._settings).open(source)
        if table is None:
            return
        for batch in QueryBuilder().register("rows", table).execute("SELECT * FROM rows"):
            names = batch.schema.names
            for line in zip(*(batch.column(i).to_pylist() for i in range(batch.num_columns)), strict=True):
                row = dict(zip(names, line, strict=True))
                if self._ours(source, row):
                    columns = {name: value for name, value in row.items() if name not in OWN}
                    at = round(row[OCCURRED_AT].timestamp() * _MICROSECOND)
                    yield Key(source, row[EVENT_ID]), Row(row_values(source, columns, row[REST]), at, row[DAY])


def _documents(client: Elasticsearch) -> Iterator[dict[str, Any]]:
    """All of them, page by page, as they stood at the beginning."""
    place = client.open_point_in_time(index=EVENTS_INDEX, keep_alive="2m")["id"]
    after: list[Any] | None = None
    try:
        while True:
            pit = {"id": place, "keep_alive": "2m"}
            answer = client.search(pit=pit, size=PAGE, sort=["_shard_doc"], search_after=after, source_excludes=["text"])
            hits = answer["hits"]["hits"]
            if not hits:
                return
            yield from (hit["_source"] for hit in hits)
            after = hits[-1]["sort"]
    finally:
        client.close_point_in_time(id=place)


def is_piece(line: bytes, written: bytes) -> bool:
    """Whether it is the end of a line that was written, and no whole one. A character that was cut is read as another."""
    end = line.lstrip("\N{REPLACEMENT CHARACTER}".encode()) + b"\n"
    return end in written and b"\n" + end not in written and not written.startswith(end)
