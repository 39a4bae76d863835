"""How far consumer groups are behind, for `status`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from confluent_kafka import KafkaException

from infra.kafka.client import client_config
from shared.consumer.group_offsets import GroupOffsets, Place


def lag_lines(env: Mapping[str, str]) -> list[str]:
    """One line for each group and topic with committed offsets: `lag <group> <topic>: <events behind>`."""
    try:
        with GroupOffsets(client_config(env)) as offsets:
            places = offsets.places()
            return [
                f"lag  {group}  {topic}: {behind}"
                for group in offsets.groups()
                for topic, behind in sorted(_lag(offsets, group, places).items())
            ]
    except KafkaException as error:
        return [f"lag  unknown: {error.args[0].str()}"]


def _lag(offsets: GroupOffsets, group: str, places: list[Place]) -> dict[str, int]:
    lag: dict[str, int] = defaultdict(int)
    for (topic, _), unread in offsets.unread(offsets.committed(group, places)).items():
        lag[topic] += unread
    return lag
