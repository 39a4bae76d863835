"""The state of each key in memory, of the partitions at hand, beside the compacted topic that holds it for the next owner."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from shared.streams.state_log import StateLog

S = TypeVar("S")

Changes = dict[int, dict[bytes, S | None]]
"""By partition and key; None is a key that is forgotten."""


class KeyedState(Generic[S]):
    """As it stood when the last transaction was committed. One thread's."""

    def __init__(self, state_log: StateLog, state_type: type) -> None:
        self._log = state_log
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode: Callable[[bytes], S] = msgspec.msgpack.Decoder(state_type).decode
        self.partitions: dict[int, dict[bytes, S]] = {}
        """By partition and key: for who looks up each record's, without a call for each."""

    def restore(self, partitions: Sequence[int]) -> int:
        """Take partitions over with all that the log says of them; returns how many keys that is. Raises KafkaException."""
        self.partitions |= {partition: {} for partition in partitions}
        for partition, key, value in self._log.read(partitions) if partitions else ():
            self._put(partition, key, None if value is None else self._decode(value))
        return sum(len(self.partitions[partition]) for partition in partitions)

    def release(self, partition: int) -> None:
        self.partitions.pop(partition, None)

    def no_changes(self) -> Changes[S]:
        return {partition: {} for partition in self.partitions}

    def write(self, changes: Changes[S], produce: Callable[..., None]) -> None:
        """Into the log, in the transaction that is open: once a key, and to the partition of its source."""
        for partition, changed in changes.items():
            for key, state in changed.items():
                produce(self._log.topic, None if state is None else self._encode(state), key, partition=partition)

    def apply(self, changes: Changes[S]) -> None:
        """Once they are committed."""
        for partition, changed in changes.items():
            for key, state in changed.items():
                self._put(partition, key, state)

    def _put(self, partition: int, key: bytes, state: S | None) -> None:
        if state is None:
            self.partitions[partition].pop(key, None)
        else:
            self.partitions[partition][key] = state
