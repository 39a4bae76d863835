"""How far a consumer is behind the end of its partitions, and whether that is near enough to be called ready."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

from confluent_kafka import KafkaException, TopicPartition

from shared import metrics

MEASURE_INTERVAL_SECONDS = 1.0


class LagGauge:
    """Measured on the polling thread once a second from watermarks that fetches bring along; read by health from another."""

    def __init__(self, consumer: Any, caught_up_within_records: int) -> None:
        self._consumer = consumer
        self._bound = caught_up_within_records
        self._joined = False
        self._positions: dict[tuple[str, int], int] = {}
        self._unknown: list[TopicPartition] = []
        self._lag: int | None = None
        self._measure_at = 0.0

    def check(self) -> str | None:
        if not self._joined:
            return "not yet a member of the group"
        if self._lag is None:
            return "lag not measured yet"
        return f"{self._lag} records behind" if self._lag > self._bound else None

    def assigned(self, partitions: list[TopicPartition]) -> None:
        self._joined = True
        self._unknown += partitions
        self._lag = None
        self._measure_at = 0.0

    def revoked(self, partitions: list[TopicPartition]) -> None:
        for partition in partitions:
            key = (partition.topic, partition.partition)
            self._positions.pop(key, None)
            self._unknown = [p for p in self._unknown if (p.topic, p.partition) != key]
            with suppress(KeyError):
                metrics.LAG.remove(partition.topic, str(partition.partition))

    def measure(self, done: dict[tuple[str, int], int]) -> None:
        """`done` holds the next offsets of what was handled since the last commit."""
        self._positions.update(done)
        if time.monotonic() < self._measure_at or not self._joined:
            return
        self._measure_at = time.monotonic() + MEASURE_INTERVAL_SECONDS
        try:
            self._find_start()
            total = 0
            for (topic, partition), position in self._positions.items():
                low, high = self._watermarks(TopicPartition(topic, partition))
                lag = max(0, high - max(position, low))
                metrics.LAG.labels(topic, str(partition)).set(lag)
                total += lag
            self._lag = total
        except KafkaException:
            self._lag = None

    def _find_start(self) -> None:
        if not self._unknown:
            return
        for partition in self._consumer.committed(self._unknown, timeout=5):
            self._positions.setdefault((partition.topic, partition.partition), max(0, partition.offset))
        self._unknown = []

    def _watermarks(self, partition: TopicPartition) -> tuple[int, int]:
        low, high = self._consumer.get_watermark_offsets(partition, timeout=1, cached=True)
        if high < 0:  # nothing fetched yet
            low, high = self._consumer.get_watermark_offsets(partition, timeout=5, cached=False)
        return low, high
