"""State by key in a compacted topic: how it is read back by whoever takes a partition over."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from shared.consumer.group_offsets import LATEST, GroupOffsets


class StateLog(Protocol):
    topic: str

    def read(self, partitions: Sequence[int]) -> Iterator[tuple[int, bytes, bytes | None]]:
        """Partition, key and value of every committed record, in order; None is a key that was forgotten.

        Waits for transactions that are open at the time of the call: what they wrote comes too, if they are committed.
        Raises KafkaException.
        """


class KafkaStateLog:
    """Blocks without a bound while there is progress; raises where for `silence_seconds` there is none."""

    def __init__(self, topic: str, client: dict[str, Any], silence_seconds: float = 30.0) -> None:
        self.topic = topic
        self._client = client | {"log_level": 3}
        self._silence = silence_seconds

    def read(self, partitions: Sequence[int]) -> Iterator[tuple[int, bytes, bytes | None]]:
        # The end as of now, open transactions included. An offset that is stable says nothing of the state that was written with it:
        # the end of a transaction reaches each partition by itself.
        ends = self._ends(partitions)
        reader = Consumer(
            self._client
            | {
                "group.id": "no-group-is-joined",
                "enable.auto.commit": False,
                "auto.offset.reset": "error",
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
            }
        )
        try:
            # Not a number asked for first: a leader that moves meanwhile would refuse to tell it.
            reader.assign([TopicPartition(self.topic, number, OFFSET_BEGINNING) for number in ends])
            yield from self._until(reader, ends)
        finally:
            reader.close()

    def _until(self, reader: Consumer, ends: dict[int, int]) -> Iterator[tuple[int, bytes, bytes | None]]:
        deadline = time.monotonic() + self._silence
        while ends:
            for message in reader.consume(10_000, 0.05):
                deadline = time.monotonic() + self._silence
                error = message.error()
                if error is None:
                    yield message.partition(), message.key() or b"", message.value()
                elif error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
                # A reader of committed records comes to an end at every open transaction, and goes on once that has ended.
                elif message.offset() >= ends.get(message.partition(), 0):
                    ends.pop(message.partition(), None)
            if ends and time.monotonic() > deadline:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT, f"{self.topic} cannot be read to its end"))

    def _ends(self, partitions: Sequence[int]) -> dict[int, int]:
        with GroupOffsets(self._client) as offsets:
            return {place[1]: end for place, end in offsets.offsets([(self.topic, number) for number in partitions], LATEST).items()}
