"""The comparison of the engines."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count as numbers
from uuid import uuid4

from loadtests.bench.comparison import Comparison, Competitor, Goal, Sample
from loadtests.bench.counting.engines import kafka_streams, quix_streams
from loadtests.bench.counting.job import PARTITIONS, records
from loadtests.bench.process import Command, measure
from loadtests.bench.world import World, free_port

RUNNER, CLIENT, STREAMS, STREAMS_ROCKSDB, QUIX, FAUST = (
    "our transactional runner",
    "confluent-kafka alone",
    "Kafka Streams, in memory",
    "Kafka Streams, RocksDB",
    "Quix Streams, RocksDB",
    "faust with the guard",
)
EVENTS = {RUNNER: 600_000, CLIENT: 600_000, STREAMS: 1_200_000, STREAMS_ROCKSDB: 1_200_000, QUIX: 200_000, FAUST: 40_000}
"""Some seconds for each: what is fast needs more."""
JIT_SHARE = 0.5
"""Of the JVM's events, so many only warm it up: a service runs for days."""


def counting(world: World, scale: float = 1.0) -> Comparison:
    """Fetches what is missing, and fills the source. `scale` shortens or lengthens every turn."""
    streams, quix = kafka_streams(world.folder), quix_streams()
    events = {name: int(number * scale) for name, number in EVENTS.items()}
    source = world.create_topic("bench.count", PARTITIONS)
    world.fill(source, records(max(events.values())))
    servers = world.servers()
    bootstrap = world.client["bootstrap.servers"]
    turns = numbers()

    def turn(name: str, command: Callable[[str, str, str], Command], warm_up: float) -> Competitor:
        def run(_round: int) -> Sample:
            group = f"bench-count-{next(turns)}-{uuid4().hex[:8]}"
            output = world.create_topic("bench.counted", PARTITIONS)
            state = world.create_topic("bench.counts", PARTITIONS, **{"cleanup.policy": "compact"})
            made = command(group, output, state)
            return measure([made], world.written(output), events[name], world.folder, warm_up=warm_up, servers=servers)

        return run

    def runner(group: str, output: str, state: str) -> Command:
        return world.python("loadtests.bench.counting.runner_worker", source, state, output, group)

    def client(group: str, output: str, _state: str) -> Command:
        return world.python("loadtests.bench.counting.client_worker", source, output, group)

    def faust(group: str, output: str, _state: str) -> Command:
        world.create_exact_topic(f"{group}-counts-changelog", PARTITIONS, **{"cleanup.policy": "compact"})
        return world.python("loadtests.bench.counting.faust_worker", source, output, group, SERVICE_PORT=str(free_port()))

    def streams_with(store: str) -> Callable[[str, str, str], Command]:
        return lambda group, output, _: Command([*streams, bootstrap, source, output, group, str(world.folder / group), store])

    def quix_job(group: str, output: str, _state: str) -> Command:
        return Command([*quix, bootstrap, source, output, group, str(world.folder / group)])

    return Comparison(
        "counting",
        "Count per key, exactly once: state, changelog and one output an event",
        {
            RUNNER: turn(RUNNER, runner, 0.2),
            CLIENT: turn(CLIENT, client, 0.2),
            STREAMS: turn(STREAMS, streams_with("memory"), JIT_SHARE),
            STREAMS_ROCKSDB: turn(STREAMS_ROCKSDB, streams_with("rocksdb"), JIT_SHARE),
            QUIX: turn(QUIX, quix_job, 0.2),
            FAUST: turn(FAUST, faust, 0.2),
        },
        [
            Goal(
                f"CPU for an event: {RUNNER} against Kafka Streams' better one",
                lambda f: f[RUNNER].cpu_us / min(f[STREAMS].cpu_us, f[STREAMS_ROCKSDB].cpu_us),
                1.0,
                at_most=True,
            )
        ],
        ours=(RUNNER,),
    )
