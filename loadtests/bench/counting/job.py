"""The job's data and its rule, as the Python engines of this checkout use them."""

from __future__ import annotations

import random
import struct
from collections.abc import Sequence

import msgspec

from shared.serialization import UnreadableError

KEYS, PARTITIONS, KEY_BYTES, VALUE_BYTES = 10_000, 4, 8, 100
SEED = 20_261_123

_COUNT = struct.Struct(">q")


class Counted(msgspec.Struct, frozen=True):
    key: bytes | str
    """A faust topic takes text."""
    count: int
    event_id: str = ""
    occurred_at: int = 0


class Count(msgspec.Struct, frozen=True, array_like=True):
    """A table entry."""

    count: int


class InputCodec:
    """The bytes as they are."""

    def encode(self, event: bytes) -> bytes:
        return event

    def decode(self, value: bytes | None) -> bytes:
        if value is None or len(value) < KEY_BYTES:
            raise UnreadableError("shorter than a key")
        return value


class CountCodec:
    def encode(self, event: Counted) -> bytes:
        return _COUNT.pack(event.count)

    def decode(self, value: bytes | None) -> int:
        return int(_COUNT.unpack(value or b"")[0])


def records(number: int) -> list[tuple[bytes, bytes]]:
    """Key and value, the same for the same number."""
    rng = random.Random(SEED)
    rest = rng.randbytes(VALUE_BYTES - KEY_BYTES)
    keys = [b"%08d" % key for key in range(KEYS)]
    return [(key, key + rest) for key in rng.choices(keys, k=number)]


def count(state: int | None, value: bytes) -> tuple[int, Sequence[Counted]]:
    now = (state or 0) + 1
    return now, (Counted(value[:KEY_BYTES], now),)
