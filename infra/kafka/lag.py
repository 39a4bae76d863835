"""How far consumer groups are behind, for `status`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from infra.kafka.client import admin

_TIMEOUT = 5.0


def lag_lines(env: Mapping[str, str]) -> list[str]:
    """One line for each group and topic with committed offsets: `lag <group> <topic>: <events behind>`."""
    client = admin(env)
    try:
        listed = client.list_consumer_groups(request_timeout=_TIMEOUT).result().valid
        return [
            f"lag  {group.group_id}  {topic}: {behind}"
            for group in sorted(listed, key=lambda found: found.group_id)
            for topic, behind in sorted(_lag(client, group.group_id).items())
        ]
    except KafkaException as error:
        return [f"lag  unknown: {error.args[0].str()}"]


def _lag(client: AdminClient, group: str) -> dict[str, int]:
    request = [ConsumerGroupTopicPartitions(group)]
    offsets = client.list_consumer_group_offsets(request, request_timeout=_TIMEOUT)[group].result()
    committed = [partition for partition in offsets.topic_partitions or () if partition.offset >= 0]
    if not committed:
        return {}
    latest = client.list_offsets({TopicPartition(p.topic, p.partition): OffsetSpec.latest() for p in committed}, request_timeout=_TIMEOUT)
    ends = {(partition.topic, partition.partition): future.result().offset for partition, future in latest.items()}
    lag: dict[str, int] = defaultdict(int)
    for partition in committed:
        lag[partition.topic] += max(0, ends[partition.topic, partition.partition] - partition.offset)
    return lag
