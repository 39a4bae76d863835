"""One stage alone, as a process that shows its progress as a worker does.

consume EVENTS GROUP     reads events as the runner reads, and looks at nothing
bulk EVENTS              sends what elasticsearch-sink would send for so many events, prepared
delta EVENTS LAYER ROWS  writes so many rows to a new table of a layer, with deltalake, from data frames that are ready
"""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from confluent_kafka import Consumer
from deltalake import write_deltalake

from loadtests.bench.stage import run_stage
from loadtests.ingestion.benchmarks.events import admitted
from services.ingestion.contracts.lake import DAY, Layer, lake
from services.ingestion.contracts.sources import sources
from services.ingestion.contracts.stores import EVENTS_INDEX
from services.ingestion.contracts.topics import EVENTS
from services.ingestion.editors.domain import SOURCE
from services.ingestion.elasticsearch_sink.handler import SinkHandler
from services.ingestion.elasticsearch_sink.store import EventIndex
from services.ingestion.lake_writer.domain import Columns
from shared import metrics
from shared.consumer import Record, consumer_config
from shared.settings import ServiceSettings
from shared.stores import search

BATCH = 2000
"""As the runner reads for the sink."""
HANDLED = metrics.HANDLED.labels(EVENTS.name)


class RecordingElasticsearch:
    """Takes down the bodies of `_bulk`, in place of a client, and calls everything written."""

    def __init__(self) -> None:
        self.requests: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def perform_request(self, *arguments: Any, **named: Any) -> Any:
        self.requests.append((arguments, named))
        return SimpleNamespace(body={"items": [{"create": {"status": 201}}] * (named["body"].count(b"\n") // 2)})


def consume(settings: ServiceSettings, events: int, group: str) -> Callable[[], None]:
    consumer = Consumer(consumer_config(settings.kafka.client(), group, settings.instance))
    consumer.subscribe([EVENTS.name])

    def run() -> None:
        while True:
            if consumer.poll(0.25) is not None:
                HANDLED.inc(1 + len(consumer.consume(BATCH - 1, 0)))

    return run


def bulk(settings: ServiceSettings, events: int) -> Callable[[], None]:
    client = search.connect(settings.elasticsearch)
    made = admitted(events, f"bulk-{time.time_ns()}")
    prepared = []
    for start in range(0, events, BATCH):
        recording: Any = RecordingElasticsearch()
        batch = [Record(EVENTS.name, 0, i, None, event) for i, event in enumerate(made[start : start + BATCH])]
        SinkHandler(EventIndex(recording, EVENTS_INDEX, fixed_ids=True), sources()).handle(batch)
        prepared.append((len(batch), recording.requests))

    def run() -> None:
        for size, requests in prepared:
            for arguments, named in requests:
                client.perform_request(*arguments, **named)
            HANDLED.inc(size)

    return run


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


if __name__ == "__main__":
    run_stage({"consume": consume, "bulk": bulk, "delta": delta})
