"""What a cluster says of itself: its active controller, and whether every replica is in sync."""

from __future__ import annotations

import random
import socket
import struct
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from shared.settings import KafkaSettings

DESCRIBE_QUORUM = 55
CONTROLLER_ELECTION_SECONDS = 3.0
"""Kafka's controller.quorum.fetch.timeout.ms and controller.quorum.election.timeout.ms: only the next controller begins to count the
session of a broker that died with the last one."""
_TIMEOUT_SECONDS = 5.0


def active_controller(bootstrap_servers: str) -> int:
    """The node id of the controllers' leader. Raises ConnectionError where no broker tells it.

    Asked by DescribeQuorum, version 0: the cluster's metadata names any broker as its controller, and librdkafka has no such call.
    """
    errors = []
    for address in bootstrap_servers.split(","):
        host, _, port = address.rpartition(":")
        try:
            with socket.create_connection((host, int(port)), _TIMEOUT_SECONDS) as connection:
                return _leader(_ask(connection))
        except (OSError, struct.error) as error:
            errors.append(f"{address}: {error}")
    raise ConnectionError("; ".join(errors))


def _ask(connection: socket.socket) -> bytes:
    name = b"__cluster_metadata"
    # Compact arrays and strings carry their length plus one; each structure ends with its (no) tags.
    body = bytes([2, len(name) + 1]) + name + bytes([2]) + struct.pack(">i", 0) + bytes([0, 0, 0])
    request = struct.pack(">hhih", DESCRIBE_QUORUM, 0, 1, -1) + bytes([0]) + body
    connection.sendall(struct.pack(">i", len(request)) + request)
    (length,) = struct.unpack(">i", _receive(connection, 4))
    return _receive(connection, length)


def _receive(connection: socket.socket, length: int) -> bytes:
    content = b""
    while len(content) < length:
        more = connection.recv(length - len(content))
        if not more:
            raise ConnectionError("the broker closed the connection")
        content += more
    return content


def _leader(answer: bytes) -> int:
    """Correlation id, tags, error; topics: name; partitions: index, error, leader."""
    (error,) = struct.unpack_from(">h", answer, 5)
    if error:
        raise ConnectionError(f"DescribeQuorum is answered with the error {error}")
    name_length = answer[8] - 1
    _, error, leader = struct.unpack_from(">ihi", answer, 9 + name_length + 1)
    if error or leader < 0:
        raise ConnectionError(f"no controller leads (error {error})")
    return int(leader)


def all_in_sync(client: dict[str, Any], brokers: int) -> bool:
    """Whether so many brokers are there, and every replica of every partition is in sync."""
    try:
        metadata = AdminClient(client | {"log_level": 0}).list_topics(timeout=5)
    except KafkaException:
        return False
    partitions = [partition for topic in metadata.topics.values() for partition in topic.partitions.values()]
    return len(metadata.brokers) >= brokers and all(len(p.isrs) == len(p.replicas) and p.leader >= 0 for p in partitions)


class Cluster:
    """The brokers as the launcher names their processes."""

    def __init__(self, settings: KafkaSettings, seed: int) -> None:
        self._addresses = settings.bootstrap_servers
        self._client = settings.client()
        self._chance = random.Random(seed)
        self.brokers = [f"kafka-{node}" for node in range(1, len(self._addresses.split(",")) + 1)]

    def controller(self) -> str:
        """The active one. Raises ConnectionError."""
        return f"kafka-{active_controller(self._addresses)}"

    def another_broker(self) -> str:
        return self._chance.choice(sorted({*self.brokers} - {self.controller()}))

    def in_sync(self) -> bool:
        return all_in_sync(self._client, len(self.brokers))
