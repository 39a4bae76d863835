"""Projection of positions into Valkey, and the sink into Elasticsearch: each against its parts alone."""

from __future__ import annotations

from itertools import count

from loadtests.bench.comparison import Comparison, Goal, share
from loadtests.bench.readers import Readers
from loadtests.bench.world import World
from loadtests.movieflix.benchmarks.events import encoded, positions
from services.movieflix.contracts.topics import SHOW_POSITION

CONSUME, VALKEY, PROJECTOR = "consume alone", "Valkey alone", "resume-projector"
BULK, SINK = "_bulk alone", "analytics-sink"
PROJECTED, SUNK, CONSUMED = 300_000, 60_000, 1_000_000
RUNS = count()


def projection(world: World, scale: float) -> Comparison:
    number, readers = int(PROJECTED * scale), _readers(world)
    return Comparison(
        "projection",
        "Positions into the view in Valkey",
        {
            CONSUME: readers.reading(int(CONSUMED * scale)),
            VALKEY: readers.alone("valkey", number),
            PROJECTOR: readers.service("services.movieflix.resume_projector", "movieflix-resume-projector", number),
        },
        [
            Goal(f"{PROJECTOR} as a share of the slower part alone", share(PROJECTOR, CONSUME, VALKEY), 0.8),
            Goal(f"positions a second of {PROJECTOR}", lambda f: f[PROJECTOR].rate, 50_000),
        ],
        reference=VALKEY,
        ours=(PROJECTOR,),
    )


def sink(world: World, scale: float) -> Comparison:
    number, readers = int(SUNK * scale), _readers(world)
    return Comparison(
        "sink",
        "Positions into Elasticsearch: each event, and how far each viewer came",
        {
            BULK: readers.alone("bulk", number),
            SINK: readers.service("services.movieflix.analytics_sink", "movieflix-analytics-sink", number),
        },
        [Goal(f"{SINK} as a share of _bulk alone", share(SINK, BULK), 0.8)],
        ours=(SINK,),
    )


def _readers(world: World) -> Readers:
    def fresh(number: int) -> list[tuple[bytes, bytes]]:
        return encoded(positions(number, f"r{next(RUNS)}"))

    return Readers(world, "loadtests.movieflix.benchmarks.alone", SHOW_POSITION.name, fresh)
