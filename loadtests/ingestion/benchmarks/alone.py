"""One stage alone, as a process that shows its progress as a worker does.

consume EVENTS GROUP            reads events as the runner reads, and looks at nothing
bulk EVENTS                     sends what elasticsearch-sink would send for so many events, prepared
delta EVENTS LAYER ROWS         writes so many rows to a new table of a layer, with deltalake, from data frames that are ready
script EVENTS LAYER ROWS GROUP  reads events into such a table in the loop that anyone would write first
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any
from uuid import uuid4

import polars as pl
from confluent_kafka import Consumer
from deltalake import write_deltalake

from loadtests.bench.bulk import BATCH, resending
from loadtests.bench.stage import consuming, run_stage
from loadtests.ingestion.benchmarks.events import admitted
from services.ingestion.contracts.lake import DAY, EVENT_ID, OCCURRED_AT, Layer, lake
from services.ingestion.contracts.sources import sources
from services.ingestion.contracts.stores import EVENTS_INDEX
from services.ingestion.contracts.topics import EVENTS
from services.ingestion.editors.domain import SOURCE
from services.ingestion.elasticsearch_sink.handler import SinkHandler
from services.ingestion.elasticsearch_sink.store import EventIndex
from services.ingestion.lake_writer.domain import OWN_TYPES, Columns
from shared import metrics
from shared.consumer.client import consumer_config
from shared.consumer.handler import Record
from shared.settings import ServiceSettings
from shared.stores import search

HANDLED = metrics.HANDLED.labels(EVENTS.name)


def bulk(settings: ServiceSettings, events: int) -> Callable[[], None]:
    made = admitted(events, f"bulk-{time.time_ns()}")
    batches = (made[start : start + BATCH] for start in range(0, events, BATCH))

    def handle(client: Any, records: Sequence[Record[Any]]) -> None:
        SinkHandler(EventIndex(client, EVENTS_INDEX, fixed_ids=True), sources()).handle(records)

    return resending(search.connect(settings.elasticsearch), EVENTS.name, batches, handle)


def delta(settings: ServiceSettings, events: int, layer: str, rows: str) -> Callable[[], None]:
    tables = lake(Layer(layer), settings)
    made = admitted(events, f"delta-{time.time_ns()}")
    columns = Columns(sources()[SOURCE].fields)
    placed = [(event, i % 6, i // 6) for i, event in enumerate(made)]
    frames = [columns.frame(placed[start : start + int(rows)]) for start in range(0, events, int(rows))]
    uri = tables.uri(f"bench-{uuid4().hex[:8]}")

    def run() -> None:
        for frame in frames:
            write_deltalake(uri, frame, mode="append", partition_by=[DAY], storage_options=tables.options)
            HANDLED.inc(len(frame))

    return run


def script(settings: ServiceSettings, _events: int, layer: str, rows: str, group: str) -> Callable[[], None]:
    """Each event at least once: what comes again, as after a crash, is a row again. A field that sources.yaml does not declare is lost."""
    tables = lake(Layer(layer), settings)
    uri = tables.uri(f"bench-{uuid4().hex[:8]}")
    declared = {name: type_ for name, type_ in Columns(sources()[SOURCE].fields).schema.items() if name not in OWN_TYPES}
    schema = {"event_id": pl.String(), "occurred_at": pl.Int64(), "data": pl.Struct(declared)}
    occurred_at = pl.col("occurred_at").cast(OWN_TYPES[OCCURRED_AT])
    own = [pl.col("event_id").alias(EVENT_ID), occurred_at.alias(OCCURRED_AT), occurred_at.dt.date().alias(DAY)]
    config = consumer_config(settings.kafka.client(), group, settings.instance)
    consumer = Consumer(config | {"enable.auto.offset.store": True})
    consumer.subscribe([EVENTS.name])

    def run() -> None:
        while True:
            if values := [message.value() for message in consumer.consume(int(rows), 1.0) if not message.error()]:
                frame = pl.read_ndjson(BytesIO(b"\n".join(values)), schema=schema).select(*own, "data").unnest("data")
                write_deltalake(uri, frame, mode="append", partition_by=[DAY], storage_options=tables.options)
                consumer.commit(asynchronous=False)
                HANDLED.inc(len(frame))

    return run


if __name__ == "__main__":
    run_stage({"consume": consuming(EVENTS.name, BATCH), "bulk": bulk, "delta": delta, "script": script})
