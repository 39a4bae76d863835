"""Creates the topics of a case's contracts and keeps their configuration; never deletes one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from infra.kafka.client import admin
from infra.local.errors import StackError

if TYPE_CHECKING:
    from shared.contracts import TopicSpec

_TIMEOUT = 30.0


def create_topics(env: Mapping[str, str], topics: Sequence[TopicSpec], say: Callable[[str], None]) -> None:
    """Make the cluster's topics as declared: missing ones are created, configuration is set, partitions are added.

    Replication is three, or one for each broker where there are fewer. Raises StackError where a topic has more partitions
    than declared: they cannot be taken away without losing what is in them.
    """
    client = admin(env)
    try:
        metadata = client.list_topics(timeout=_TIMEOUT)
        existing = {name: len(topic.partitions) for name, topic in metadata.topics.items()}
        _create(client, [topic for topic in topics if topic.name not in existing], min(3, len(metadata.brokers)), say)
        kept = [topic for topic in topics if topic.name in existing]
        for topic in kept:
            _match_partitions(client, topic, existing[topic.name], say)
        _match_configuration(client, kept, say)
    except KafkaException as error:
        raise StackError(f"The topics could not be created: {_text(error)}.") from error


def _create(client: AdminClient, topics: list[TopicSpec], replication: int, say: Callable[[str], None]) -> None:
    if not topics:
        return
    new = [NewTopic(t.name, num_partitions=t.partitions, replication_factor=replication, config=t.config) for t in topics]
    for name, future in client.create_topics(new, operation_timeout=_TIMEOUT, request_timeout=_TIMEOUT).items():
        try:
            future.result()
        except KafkaException as error:
            # Another `up` may have been faster.
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise StackError(f"The topic {name} could not be created: {_text(error)}.") from error
    _await_leaders(client, {topic.name for topic in topics})
    say(f"kafka: created {len(topics)} topic(s): {', '.join(topic.name for topic in topics)}")


def _await_leaders(client: AdminClient, names: set[str]) -> None:
    """Return when the cluster's metadata has them all, or after a while: a client that comes sooner only has to ask again."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        topics = client.list_topics(timeout=_TIMEOUT).topics
        if all(name in topics and not topics[name].error for name in names):
            return
        time.sleep(0.05)


def _match_partitions(client: AdminClient, topic: TopicSpec, existing: int, say: Callable[[str], None]) -> None:
    if topic.partitions < existing:
        raise StackError(
            f"The topic {topic.name} has {existing} partitions and the contract declares {topic.partitions}: partitions cannot "
            "be removed; declare a new topic, or delete this one yourself (its events are lost then)."
        )
    if topic.partitions > existing:
        _wait(client.create_partitions([NewPartitions(topic.name, topic.partitions)]))
        say(f"kafka: {topic.name} has {topic.partitions} partitions now (before: {existing}); keys move between partitions")


def _match_configuration(client: AdminClient, topics: list[TopicSpec], say: Callable[[str], None]) -> None:
    if not topics:
        return
    current = client.describe_configs([ConfigResource(ResourceType.TOPIC, topic.name) for topic in topics])
    actual = {resource.name: future.result(_TIMEOUT) for resource, future in current.items()}
    changes = []
    for topic in topics:
        differing = {k: v for k, v in topic.config.items() if k not in actual[topic.name] or actual[topic.name][k].value != v}
        if differing:
            entries = [ConfigEntry(k, v, incremental_operation=AlterConfigOpType.SET) for k, v in differing.items()]
            changes.append(ConfigResource(ResourceType.TOPIC, topic.name, incremental_configs=entries))
            say(f"kafka: {topic.name}: set {', '.join(f'{name}={value}' for name, value in differing.items())}")
    if changes:
        _wait(client.incremental_alter_configs(changes))


def _wait(futures: Mapping[Any, Future[Any]]) -> None:
    for future in futures.values():
        future.result(_TIMEOUT)


def _text(error: KafkaException) -> str:
    return str(error.args[0].str()).rstrip(".")
