"""Java's default partitioner, which librdkafka calls murmur2_random: a key stands in the same partition here and on a cluster."""

from __future__ import annotations

_MASK = 0xFFFFFFFF
_M = 0x5BD1E995


def partition_of(key: bytes, partitions: int) -> int:
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def murmur2(data: bytes) -> int:
    """32 bits, with the seed that Kafka uses (org.apache.kafka.common.utils.Utils.murmur2)."""
    length = len(data)
    h = (0x9747B28C ^ length) & _MASK
    for start in range(0, length - length % 4, 4):
        k = int.from_bytes(data[start : start + 4], "little") * _M & _MASK
        k = (k ^ (k >> 24)) * _M & _MASK
        h = (h * _M & _MASK) ^ k
    rest = data[length - length % 4 :]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * _M & _MASK
    h = (h ^ (h >> 13)) * _M & _MASK
    return h ^ (h >> 15)
