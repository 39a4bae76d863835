"""Each layer's writer against its store alone, and against reading alone."""

from __future__ import annotations

from itertools import count
from uuid import uuid4

from loadtests.bench.comparison import Comparison, Competitor, Goal, Sample, share
from loadtests.bench.process import handled, measure
from loadtests.bench.world import World, free_port
from loadtests.ingestion.benchmarks.events import records
from services.ingestion.contracts.lake import Layer, writer_group
from services.ingestion.contracts.stores import SINK_GROUP
from services.ingestion.contracts.topics import EVENTS
from services.ingestion.lake_writer.settings import LakeWriterSettings

CONSUME, BULK, SINK = "consume alone", "_bulk alone", "elasticsearch-sink"
DELTA, WRITER = "deltalake alone", "lake-writer"
SUNK, WRITTEN, CONSUMED = 60_000, 240_000, 700_000
RUNS = count()


def sink(world: World, scale: float) -> Comparison:
    number = int(SUNK * scale)
    return Comparison(
        "sink",
        "Events into Elasticsearch",
        {
            BULK: _alone(world, number, "bulk"),
            SINK: _service(world, "services.ingestion.elasticsearch_sink", SINK_GROUP, number),
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
    number, rows = int(WRITTEN * scale), LakeWriterSettings().batch_size
    return Comparison(
        f"lake-{layer}",
        f"Events into Delta tables on {layer.name}",
        {
            DELTA: _alone(world, number, "delta", layer.value, str(rows)),
            CONSUME: _reading(world, int(CONSUMED * scale)),
            WRITER: _service(world, "services.ingestion.lake_writer", writer_group(layer), number, INGESTION_LAYER=layer.value),
        },
        [Goal(f"{WRITER} as a share of deltalake alone", share(WRITER, DELTA), 0.8)],
        ours=(WRITER,),
    )


def _alone(world: World, number: int, stage: str, *arguments: str) -> Competitor:
    def run(_round: int) -> Sample:
        port = free_port()
        command = world.python("loadtests.ingestion.benchmarks.alone", stage, str(number), *arguments, SERVICE_PORT=str(port))
        return measure([command], handled(port), number, world.folder, servers=world.servers())

    return run


def _reading(world: World, number: int) -> Competitor:
    """Reads the same records as often as it takes: what was written for the round before is there already."""

    def run(_round: int) -> Sample:
        group, port = f"bench-consume-{uuid4().hex[:8]}", free_port()
        _fill(world, max(0, number - sum(world.ends(EVENTS.name).values())))
        command = world.python("loadtests.ingestion.benchmarks.alone", "consume", str(number), group, SERVICE_PORT=str(port))
        return measure([command], handled(port), number, world.folder, servers=world.servers())

    return run


def _service(world: World, module: str, group: str, number: int, **environment: str) -> Competitor:
    """The real service, on fresh events: its group begins where they begin."""

    def run(_round: int) -> Sample:
        begin = world.ends(EVENTS.name)
        _fill(world, number)
        world.begin_at(group, {EVENTS.name: begin})
        port = free_port()
        command = world.service(module, port, **environment)
        return measure([command], handled(port), number, world.folder, servers=world.servers())

    return run


def _fill(world: World, number: int) -> None:
    if number:
        world.fill(EVENTS.name, records(number, f"r{next(RUNS)}-{uuid4().hex[:6]}"))
