"""Records of a topic as they are, to measure with: their sizes and how well they compress are what a made-up record gets wrong."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from infra.kafka.client import client_config
from infra.kafka.groups import RefusedError
from shared.consumer.group_offsets import EARLIEST, LATEST, GroupOffsets, Places

RECORDS, BYTES, SECONDS = 8_000, 8_000_000, 5.0
"""As many as are read at most, in as much time."""
LZ4_WINDOW = 65_536
"""Bytes: what comes again sooner is not sent again."""

Pair = tuple[bytes | None, bytes | None]
"""Key and value."""


@dataclass(frozen=True)
class Sample:
    records: tuple[Pair, ...]
    origin: str

    @property
    def sizes(self) -> list[int]:
        return [len(key or b"") + len(value or b"") for key, value in self.records]

    @property
    def mean_bytes(self) -> float:
        return statistics.fmean(self.sizes)

    def __str__(self) -> str:
        sizes = self.sizes
        return (
            f"{self.origin}: {len(sizes):,} of {self.mean_bytes:,.0f} bytes on average "
            f"(median {statistics.median(sizes):,.0f}, largest {max(sizes):,})"
        )

    def repeats_within(self, partitions: int) -> bool:
        """Whether so few records come again in a batch so soon that they compress better than the topic's would."""
        return sum(self.sizes) / partitions < LZ4_WINDOW


def made_up(record_bytes: int) -> Sample:
    """Random, which does not compress: the worst case."""
    key = min(16, record_bytes)
    count = max(64, min(RECORDS, BYTES // record_bytes))
    pairs = [(os.urandom(key), os.urandom(record_bytes - key)) for _ in range(count)]
    return Sample(tuple(pairs), "random records, which do not compress (the worst case)")


def read_sample(env: Mapping[str, str], topic: str) -> Sample:
    """The latest committed records of every partition. Raises RefusedError where there is none, KafkaException."""
    with GroupOffsets(client_config(env)) as offsets:
        places = offsets.places([topic])
        firsts, ends = offsets.offsets(places, EARLIEST), offsets.offsets(places, LATEST, stable=True)
    share = RECORDS // len(places) + 1
    starts = {place: max(firsts[place], ends[place] - share) for place in places if ends[place] > firsts[place]}
    records = _read(client_config(env), starts) if starts else []
    if not records:
        raise RefusedError(f"{topic} holds no record to measure with: put some in, or give their size with RECORD_BYTES=...")
    return Sample(tuple(records), f"the latest records of {topic}")


def _read(client: dict[str, str], starts: Places) -> list[Pair]:
    quiet: dict[str, Any] = {"group.id": "no-group-is-joined", "enable.auto.commit": False, "enable.partition.eof": True, "log_level": 0}
    consumer = Consumer(client | quiet | {"isolation.level": "read_committed", "auto.offset.reset": "earliest"})
    consumer.assign([TopicPartition(*place, start) for place, start in starts.items()])
    records, size, unread, until = list[Pair](), 0, len(starts), time.monotonic() + SECONDS
    try:
        while unread and len(records) < RECORDS and size < BYTES and time.monotonic() < until:
            for message in consumer.consume(500, 0.1):
                error = message.error()
                if error is None:
                    records.append(_pair(message))
                    size += len(message)
                elif error.code() == KafkaError._PARTITION_EOF:
                    unread -= 1
                else:
                    raise KafkaException(error)
    finally:
        consumer.close()
    return records


def _pair(message: Any) -> Pair:
    # librdkafka's call for many records at once knows no headers: their bytes travel behind the value, where they compress as well.
    headers = b"".join(name.encode() + (value or b"") for name, value in message.headers() or ())
    value = message.value()
    return message.key(), value if value is None and not headers else (value or b"") + headers
