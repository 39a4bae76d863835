"""How fast a topic is written and read, as the services here write and read; and what was busy meanwhile.

One producer and one consumer of librdkafka, which compresses and talks to brokers on threads of its own. Python only hands over lists of
records that were made before, and takes lists; what its thread costs is measured too: a figure of the tool is not to pass for Kafka's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from infra.kafka.client import client_config
from infra.kafka.groups import RefusedError
from infra.kafka.sample import Sample
from infra.local.processes import pid_folder
from shared.consumer.client import consumer_config
from shared.producer import PRODUCER_CONFIG

ROUND_SECONDS, ROUND_BYTES = 2.0, 64_000_000
CHUNK = 500
MOST_WAITING = 100_000
"""Records handed over and not acknowledged: half of what PRODUCER_CONFIG lets wait."""
SILENCE_SECONDS, ANSWER_SECONDS = 60.0, 10.0
Chunks = list[list[dict[str, Any]]]


@dataclass(frozen=True)
class Cores:
    """That were busy on this machine, as a mean: all of them, those of brokers that run here, of this program, of its Python thread."""

    machine: float
    brokers: float
    tool: float
    thread: float

    @property
    def others(self) -> float:
        return max(0.0, self.machine - self.brokers - self.tool)


@dataclass(frozen=True)
class Speed:
    """Of one round."""

    bytes_s: float
    records_s: float
    cores: Cores


class Stopwatch:
    def __init__(self, brokers: Sequence[psutil.Process]) -> None:
        self._tool, self._brokers = psutil.Process(), brokers
        self._started, self._before = time.perf_counter(), self._spent()

    def speed(self, records: int, size: float) -> Speed:
        elapsed = time.perf_counter() - self._started
        busy = [(after - before) / elapsed for after, before in zip(self._spent(), self._before, strict=True)]
        return Speed(size / elapsed, records / elapsed, Cores(*busy))

    def _spent(self) -> tuple[float, float, float, float]:
        times = psutil.cpu_times()
        # Guests are counted in `user` already.
        busy = sum(times) - times.idle - times.iowait - getattr(times, "guest", 0.0) - getattr(times, "guest_nice", 0.0)
        return float(busy), sum(_cpu_seconds(broker) for broker in self._brokers), _cpu_seconds(self._tool), time.thread_time()


def _cpu_seconds(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def brokers_here(env: Mapping[str, str]) -> list[psutil.Process]:
    """Those that the launcher of this stack runs; none where Kafka is elsewhere."""
    found = []
    for record in pid_folder(Path(env["STACK_DIR"])).glob("kafka-*.pid") if env.get("STACK_DIR") else ():
        with suppress(OSError, ValueError, IndexError, psutil.Error):
            process = psutil.Process(int(record.read_text().split()[0]))
            found += [process, *process.children(recursive=True)]
    return found


def _first_refusal(chunk: list[dict[str, Any]]) -> str:
    """librdkafka notes it at the record."""
    return next((str(record["_error"].str()) for record in chunk if record.get("_error")), "the queue is full")


class Throughput:
    """Every method raises KafkaException; `close` it."""

    def __init__(self, env: Mapping[str, str], sample: Sample) -> None:
        self._sample = sample
        client: dict[str, Any] = {**client_config(env), "log_level": 0}
        self._stats: dict[str, Any] = {}
        self._producer = Producer(PRODUCER_CONFIG | client | {"statistics.interval.ms": 500, "stats_cb": self._on_stats})
        # With a full queue librdkafka asks for nothing for a whole second: that pause would be measured, and not the brokers.
        reading = {"log_level": 0, "fetch.queue.backoff.ms": 2}
        self._consumer = Consumer(consumer_config(client, "no-group-is-joined", 0) | reading)
        self._chunks: dict[int, Chunks] = {}
        self._brokers = brokers_here(env)

    def close(self) -> None:
        # What Ctrl-C left waiting is not sent any more.
        self._producer.purge()
        self._producer.flush(1)
        self._consumer.close()

    @property
    def wire_share(self) -> float | None:
        """Bytes sent to brokers for each byte of records."""
        sent = sum(broker["txbytes"] for broker in self._stats.get("brokers", {}).values())
        return sent / self._stats["txmsg_bytes"] if self._stats.get("txmsg_bytes") else None

    def round(self, topic: str, partitions: int, seconds: float = ROUND_SECONDS) -> tuple[Speed, Speed]:
        """Write for so long, then read what was written. Raises RefusedError where not everything was taken and acknowledged."""
        starts = self._ends(topic, partitions)
        written, records = self._produce(topic, partitions, seconds)
        ends = self._ends(topic, partitions)
        if sum(ends) - sum(starts) != records:
            raise RefusedError(f"Of {records:,} records {sum(ends) - sum(starts):,} were written: see 'make status', then run this again.")
        return written, self._consume(topic, starts, records)

    def _produce(self, topic: str, partitions: int, seconds: float) -> tuple[Speed, int]:
        chunks = self._chunks_for(partitions)
        watch, until = Stopwatch(self._brokers), time.monotonic() + seconds
        records = number = 0
        size = 0.0
        while time.monotonic() < until and size < ROUND_BYTES:
            while len(self._producer) > MOST_WAITING:
                self._producer.poll(0.001)
            chunk = chunks[number % len(chunks)]
            taken = self._producer.produce_batch(topic, chunk)
            if taken < len(chunk):
                raise RefusedError(f"The sample cannot be written: {_first_refusal(chunk)}. Give another size with RECORD_BYTES=...")
            records += taken
            size += len(chunk) * self._sample.mean_bytes
            number += 1
            self._producer.poll(0)
        waited = time.monotonic() + SILENCE_SECONDS
        # In small portions: Ctrl-C is heard between them.
        while self._producer.flush(0.1) and time.monotonic() < waited:
            pass
        return watch.speed(records, size), records

    def _consume(self, topic: str, starts: list[int], records: int) -> Speed:
        watch, until = Stopwatch(self._brokers), time.monotonic() + SILENCE_SECONDS
        self._consumer.assign([TopicPartition(topic, number, start) for number, start in enumerate(starts)])
        left = records
        while left:
            # Never more than is left: it would wait for them.
            batch = self._consumer.consume(min(left, 5_000), 0.5)
            left -= sum(message.error() is None for message in batch)
            if time.monotonic() > until:
                raise RefusedError(
                    f"{left:,} records were not read back in {SILENCE_SECONDS:.0f} s: see 'make status', then run this again."
                )
        speed = watch.speed(records, records * self._sample.mean_bytes)
        self._consumer.unassign()
        return speed

    def _ends(self, topic: str, partitions: int) -> list[int]:
        until = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                places = [TopicPartition(topic, number) for number in range(partitions)]
                return [self._consumer.get_watermark_offsets(place, timeout=ANSWER_SECONDS, cached=False)[1] for place in places]
            except KafkaException:  # not every broker has heard of a new topic and its leaders
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _chunks_for(self, partitions: int) -> Chunks:
        """Spread evenly, as keys are meant to be: how a topic's own keys fall is told by the lag of its partitions."""
        if partitions not in self._chunks:
            records = [
                {"key": key, "value": value, "partition": number % partitions} for number, (key, value) in enumerate(self._sample.records)
            ]
            self._chunks[partitions] = [records[start : start + CHUNK] for start in range(0, len(records), CHUNK)]
        return self._chunks[partitions]

    def _on_stats(self, text: str) -> None:
        self._stats = json.loads(text)
