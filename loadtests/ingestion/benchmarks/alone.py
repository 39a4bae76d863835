"""One stage alone, as a process that shows its progress as a worker does.

consume EVENTS GROUP     reads events as the runner reads, and looks at nothing
bulk EVENTS              sends what elasticsearch-sink would send for so many events, prepared
delta EVENTS LAYER ROWS  writes so many rows to a new table of a layer, with deltalake, from data frames that are ready
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from deltalake import write_deltalake

from loadtests.bench.bulk import BATCH, resending
from loadtests.bench.stage import consuming, run_stage
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


if __name__ == "__main__":
    run_stage({"consume": consuming(EVENTS.name, BATCH), "bulk": bulk, "delta": delta})
