"""How many partitions and replicas a topic wants, from what this cluster does with the topic's own records.

A scratch topic with the same configuration is written and read with 1, 2 and 4 partitions in turn, several rounds of them, so that whatever
else the machine does meets all alike; the medians count. MB are 10^6 bytes of keys, values and headers before compression.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple

import psutil

from infra.kafka.client import admin
from infra.kafka.groups import exit_code
from infra.kafka.partition_advice import Advice, Rates, limited_by, partitions, replication
from infra.kafka.sample import Sample, made_up, read_sample
from infra.kafka.scratch import Described, describe_topic, scratch_topics
from infra.kafka.throughput import Cores, Speed, Throughput
from infra.local.console import say
from infra.local.report import print_table
from shared.arguments import above_zero

Rounds = dict[int, list[tuple[Speed, Speed]]]
"""By number of partitions: producing and consuming, a round each."""

WARM_UP_SECONDS = 0.5
MOST_PARTITIONS = 1000
"""Of a scratch topic: brokers keep each partition in files, and have other work."""
PHASES = ("producing", "consuming")
_CORES = "brokers + tool + others"
_HEADER = ("partitions", "produced MB/s", "records/s", _CORES, "consumed MB/s", "records/s", _CORES)
_USAGE = "make measure-partitions TOPIC=... TARGET_MB_S=... [RECORD_BYTES=...] [CONSUMER_MB_S=...] [ARGS='--partitions 1,2,4 --rounds 3']"


def measure(env: Mapping[str, str], topic: Described, sample: Sample, counts: Sequence[int], rounds: int) -> tuple[Rounds, float | None]:
    """The speeds, and bytes on the wire for each byte of records. Raises RefusedError, KafkaException."""
    found: Rounds = {count: [] for count in counts}
    with scratch_topics(admin(env), topic, counts) as names:
        throughput = Throughput(env, sample)
        try:
            for count, name in names.items():
                throughput.round(name, count, WARM_UP_SECONDS)
            for number in range(rounds):
                for count, name in names.items():
                    found[count].append(throughput.round(name, count))
                say(f"round {number + 1} of {rounds}")
            return found, throughput.wire_share
        finally:
            throughput.close()


def report(topic: Described, sample: Sample, found: Rounds, wire: float | None, target: float, consumer: float | None) -> None:
    print(f"{topic.name}: {topic.partitions} partition(s), {topic.replicas} replica(s), min.insync.replicas={topic.min_in_sync}")
    print(f"{sample}" + (f"; lz4 sends {wire:.2f} of it to the brokers" if wire else ""))
    if sample.repeats_within(max(found)):
        print("So few records come again within a batch: they compress better than the topic's would, and the figures flatter.")
    if topic.away:
        print(f"BEWARE: {topic.away} of {topic.brokers} brokers do not answer: these are the figures of a cluster that mends itself.")
    rounds = len(next(iter(found.values())))
    print(f"Written with acks=all, idempotent, linger 20 ms, by one producer; read by one consumer; medians of {rounds} rounds.")
    print("Cores are those of this machine that were busy: in brokers, in this tool, in other programs.\n")
    print_table(_HEADER, _rows(found))
    print()
    for number, phase in enumerate(PHASES):
        best = max(found, key=lambda count: median(found[count], number, _bytes))
        print(f"{phase}, fastest with {best}, was limited by {limited_by(_cores(found[best], number), psutil.cpu_count() or 1)}")
    rates = {count: Rates(median(done, 0, _bytes), median(done, 1, _bytes)) for count, done in found.items()}
    _print_advice("partitions", partitions(target, rates, consumer))
    _print_advice("replicas", replication(topic.brokers, topic.min_in_sync, topic.silence_seconds, target))


def median(done: list[tuple[Speed, Speed]], phase: int, figure: Callable[[Speed], float]) -> float:
    """`phase`: the number of one of PHASES."""
    return statistics.median(figure(speeds[phase]) for speeds in done)


def _bytes(speed: Speed) -> float:
    return speed.bytes_s


def _cores(done: list[tuple[Speed, Speed]], phase: int) -> Cores:
    parts = zip(*(astuple(speeds[phase].cores) for speeds in done), strict=True)
    return Cores(*(statistics.median(part) for part in parts))


def _rows(found: Rounds) -> list[tuple[str, ...]]:
    rows = []
    for count, done in found.items():
        cells = [str(count)]
        for phase in range(len(PHASES)):
            cores = _cores(done, phase)
            cells += [
                f"{median(done, phase, _bytes) / 1e6:,.1f}",
                f"{median(done, phase, lambda speed: speed.records_s):,.0f}",
                f"{cores.brokers:.2f} + {cores.tool:.2f} + {cores.others:.2f}",
            ]
        rows.append(tuple(cells))
    return rows


def _print_advice(what: str, advice: Advice) -> None:
    print(f"\n{what}: {advice.number}")
    for reason in advice.reasons:
        print(f"  - {reason}")


def main() -> int:
    options = _options()

    def work() -> None:
        topic = describe_topic(admin(os.environ), options.topic)
        sample = made_up(options.record_bytes) if options.record_bytes else read_sample(os.environ, options.topic)
        say(f"measuring with {sample}")
        found, wire = measure(os.environ, topic, sample, options.partitions, options.rounds)
        report(topic, sample, found, wire, options.target * 1e6, options.consumer_mb_s and options.consumer_mb_s * 1e6)

    return exit_code(work, "the scratch topics are deleted.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make measure-partitions", usage=_USAGE)
    parser.add_argument("topic", type=_given)
    parser.add_argument("target", type=_positive)
    parser.add_argument("--record-bytes", type=_size)
    parser.add_argument("--consumer-mb-s", type=_positive)
    parser.add_argument("--partitions", type=_counts, default=[1, 2, 4])
    parser.add_argument("--rounds", type=_size, default=3)
    return parser.parse_args()


def _given(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("TOPIC=... is missing")
    return text


def _positive(text: str) -> float:
    return above_zero(text, f"{text!r} is no number of MB a second: TARGET_MB_S=10")


def _size(text: str, most: int = 1_000_000) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and 0 < int(text) <= most):
        raise argparse.ArgumentTypeError(f"{text[:50]!r} is not a whole number from 1 to {most}")
    return int(text)


def _counts(text: str) -> list[int]:
    return sorted({_size(part, MOST_PARTITIONS) for part in text.split(",")})


if __name__ == "__main__":
    sys.exit(main())
