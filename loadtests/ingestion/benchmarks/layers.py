"""Each layer's writer against its store alone, and against reading alone."""

from __future__ import annotations

from itertools import count
from uuid import uuid4

from loadtests.bench.comparison import Comparison, Goal, share
from loadtests.bench.readers import Readers
from loadtests.bench.world import World
from loadtests.ingestion.benchmarks.events import records
from services.ingestion.contracts.lake import Layer, writer_group
from services.ingestion.contracts.stores import SINK_GROUP
from services.ingestion.contracts.topics import EVENTS
from services.ingestion.lake_writer.settings import LakeWriterSettings

CONSUME, BULK, SINK = "consume alone", "_bulk alone", "elasticsearch-sink"
DELTA, SCRIPT, WRITER = "deltalake alone", "read_ndjson, write_deltalake", "lake-writer"
SUNK, WRITTEN, CONSUMED = 60_000, 240_000, 700_000
RUNS = count()


def sink(world: World, scale: float) -> Comparison:
    number, readers = int(SUNK * scale), _readers(world)
    return Comparison(
        "sink",
        "Events into Elasticsearch",
        {
            BULK: readers.alone("bulk", number),
            SINK: readers.service("services.ingestion.elasticsearch_sink", SINK_GROUP, number),
        },
        [Goal(f"{SINK} as a share of _bulk alone", share(SINK, BULK), 0.8)],
        ours=(SINK,),
    )


def lake_s3(world: World, scale: float) -> Comparison:
    return _lake(world, scale, Layer.S3)


def lake_hdfs(world: World, scale: float) -> Comparison:
    return _lake(world, scale, Layer.HDFS)


def _lake(world: World, scale: float, layer: Layer) -> Comparison:
    """Both write commits of the same size: what a commit costs is the store's."""
    number, rows, readers = int(WRITTEN * scale), LakeWriterSettings().batch_size, _readers(world)
    return Comparison(
        f"lake-{layer}",
        f"Events into Delta tables on {layer.name}",
        {
            DELTA: readers.alone("delta", number, layer.value, str(rows)),
            CONSUME: readers.reading(int(CONSUMED * scale)),
            SCRIPT: readers.reading(number, "script", layer.value, str(rows)),
            WRITER: readers.service("services.ingestion.lake_writer", writer_group(layer), number, INGESTION_LAYER=layer.value),
        },
        [Goal(f"{WRITER} as a share of deltalake alone", share(WRITER, DELTA), 0.8)],
        ours=(WRITER,),
    )


def _readers(world: World) -> Readers:
    def fresh(number: int) -> list[tuple[bytes, bytes]]:
        return records(number, f"r{next(RUNS)}-{uuid4().hex[:6]}")

    return Readers(world, "loadtests.ingestion.benchmarks.alone", EVENTS.name, fresh)
