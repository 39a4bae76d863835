"""Topics to measure with, gone afterwards whatever happens but kill -9."""

from __future__ import annotations

import signal
import sys
import time
import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, ConfigSource, NewTopic, ResourceType

from infra.kafka.groups import RefusedError

PREFIX = "scratch.measure-partitions"
_TIMEOUT = 30.0
_PROPAGATION_SECONDS = 5.0


@dataclass(frozen=True)
class Described:
    name: str
    partitions: int
    replicas: int
    config: dict[str, str]
    """What is set of this topic itself."""
    min_in_sync: int
    brokers: int
    """Those that answer, and those that have a copy of the topic and do not."""
    away: int
    """Of them: those that do not."""
    silence_seconds: float
    """After so long a dead broker is taken for dead."""


def describe_topic(client: AdminClient, topic: str) -> Described:
    """Raises RefusedError where there is no such topic, KafkaException."""
    cluster = client.list_topics(timeout=_TIMEOUT)
    if topic not in cluster.topics:
        known = sorted(name for name in cluster.topics if not name.startswith("__"))
        raise RefusedError(f"There is no topic {topic!r} (there are: {', '.join(known) or 'none yet'}).")
    of_topic, of_broker = _configs(client, topic, min(cluster.brokers))
    own = {name: entry.value for name, entry in of_topic.items() if entry.source == ConfigSource.DYNAMIC_TOPIC_CONFIG.value}
    found = cluster.topics[topic].partitions
    away = {number for partition in found.values() for number in partition.replicas} - set(cluster.brokers)
    session = of_broker.get("broker.session.timeout.ms")
    return Described(
        topic,
        len(found),
        len(found[0].replicas),
        own,
        int(of_topic["min.insync.replicas"].value),
        len(cluster.brokers) + len(away),
        len(away),
        int(session.value) / 1000 if session else 9.0,
    )


def _configs(client: AdminClient, topic: str, broker: int) -> list[dict[str, Any]]:
    """Of the topic and of the broker. Each broker follows the controller by itself: the next one may not know a new topic yet."""
    asked = [ConfigResource(ResourceType.TOPIC, topic), ConfigResource(ResourceType.BROKER, str(broker))]
    until = time.monotonic() + _PROPAGATION_SECONDS
    while True:
        try:
            return [future.result() for future in client.describe_configs(asked, request_timeout=_TIMEOUT).values()]
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART or time.monotonic() > until:
                raise
        time.sleep(0.05)


@contextmanager
def scratch_topics(client: AdminClient, like: Described, counts: Collection[int]) -> Iterator[Mapping[int, str]]:
    """One topic for each number of partitions, with the replicas and the configuration of another. Ctrl-C and SIGTERM delete them too."""
    run = uuid.uuid4().hex[:8]
    names = {count: f"{PREFIX}-{run}-{count}" for count in counts}
    new = [NewTopic(name, num_partitions=count, replication_factor=like.replicas, config=like.config) for count, name in names.items()]
    # Both raise KeyboardInterrupt, also where this was started in the background, which ignores Ctrl-C.
    before = {number: signal.signal(number, signal.default_int_handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for future in client.create_topics(new, operation_timeout=_TIMEOUT, request_timeout=_TIMEOUT).values():
            future.result()
        yield names
    finally:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        _delete(client, list(names.values()))
        for number, handler in before.items():
            signal.signal(number, handler)


def _delete(client: AdminClient, names: list[str]) -> None:
    for name, future in client.delete_topics(names, operation_timeout=_TIMEOUT, request_timeout=_TIMEOUT).items():
        try:
            future.result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
                print(f"The scratch topic {name} could not be deleted ({error.args[0].str()}): delete it yourself.", file=sys.stderr)
