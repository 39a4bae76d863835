"""Projection of positions into Valkey, and the sink into Elasticsearch: each against its parts alone."""

from __future__ import annotations

from itertools import count
from uuid import uuid4

from loadtests.bench.comparison import Comparison, Competitor, Goal, Sample, share
from loadtests.bench.process import handled, measure
from loadtests.bench.world import World, free_port
from loadtests.movieflix.benchmarks.events import encoded, positions
from services.movieflix.contracts.topics import SHOW_POSITION

CONSUME, VALKEY, PROJECTOR = "consume alone", "Valkey alone", "resume-projector"
BULK, SINK = "_bulk alone", "analytics-sink"
PROJECTED, SUNK, CONSUMED = 300_000, 60_000, 1_000_000
RUNS = count()


def projection(world: World, scale: float) -> Comparison:
    number, consumed = int(PROJECTED * scale), int(CONSUMED * scale)
    return Comparison(
        "projection",
        "Positions into the view in Valkey",
        {
            CONSUME: _consume(world, consumed),
            VALKEY: _alone(world, "valkey", number),
            PROJECTOR: _service(world, "services.movieflix.resume_projector", "movieflix-resume-projector", number),
        },
        [
            Goal(f"{PROJECTOR} as a share of the slower part alone", share(PROJECTOR, CONSUME, VALKEY), 0.8),
            Goal(f"positions a second of {PROJECTOR}", lambda f: f[PROJECTOR].rate, 50_000),
        ],
        reference=VALKEY,
        ours=(PROJECTOR,),
    )


def sink(world: World, scale: float) -> Comparison:
    number = int(SUNK * scale)
    return Comparison(
        "sink",
        "Positions into Elasticsearch: each event, and how far each viewer came",
        {
            BULK: _alone(world, "bulk", number),
            SINK: _service(world, "services.movieflix.analytics_sink", "movieflix-analytics-sink", number),
        },
        [Goal(f"{SINK} as a share of _bulk alone", share(SINK, BULK), 0.8)],
        ours=(SINK,),
    )


def _alone(world: World, stage: str, number: int) -> Competitor:
    def run(_round: int) -> Sample:
        port = free_port()
        command = world.python("loadtests.movieflix.benchmarks.alone", stage, str(number), SERVICE_PORT=str(port))
        return measure([command], handled(port), number, world.folder, servers=world.servers())

    return run


def _consume(world: World, number: int) -> Competitor:
    """Reads the same records as often as it takes: what was written for the round before is there already."""

    def run(_round: int) -> Sample:
        group, port = f"bench-consume-{uuid4().hex[:8]}", free_port()
        _fill(world, max(0, number - sum(world.ends(SHOW_POSITION.name).values())))
        command = world.python("loadtests.movieflix.benchmarks.alone", "consume", str(number), group, SERVICE_PORT=str(port))
        return measure([command], handled(port), number, world.folder, servers=world.servers())

    return run


def _service(world: World, module: str, group: str, number: int) -> Competitor:
    """The real service, on fresh positions: its group begins where they begin."""

    def run(_round: int) -> Sample:
        begin = world.ends(SHOW_POSITION.name)
        _fill(world, number)
        world.begin_at(group, {SHOW_POSITION.name: begin})
        port = free_port()
        return measure([world.service(module, port)], handled(port), number, world.folder, servers=world.servers())

    return run


def _fill(world: World, number: int) -> None:
    if number:
        world.fill(SHOW_POSITION.name, encoded(positions(number, f"r{next(RUNS)}")))
