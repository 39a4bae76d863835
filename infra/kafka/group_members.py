"""Who is in a consumer group, as JSON: `python -m infra.kafka.group_members GROUP`.

A process of its own: a coordinator that dies meanwhile ends the process, by an assertion of librdkafka that fails, as whatever its admin
client asks a coordinator. `infra.kafka.groups` asks again then.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
from confluent_kafka import ConsumerGroupState, KafkaException

from infra.kafka.client import admin
from shared.consumer.group_offsets import Place

_TIMEOUT = 5.0


@dataclass(frozen=True)
class Member:
    client_id: str
    host: str
    instance_id: str | None
    """Of a static member: the group keeps its place for the session timeout after it stopped."""
    partitions: tuple[Place, ...]

    @property
    def label(self) -> str:
        return f"{self.client_id} ({self.host})"


@dataclass(frozen=True)
class Group:
    name: str
    state: str
    assignor: str
    coordinator: str
    members: tuple[Member, ...]


def ask_coordinator(env: Mapping[str, str], name: str) -> Group | None:
    """None where the coordinator knows no such group. Raises KafkaException."""
    client = admin(env)
    (answer,) = client.describe_consumer_groups([name], request_timeout=_TIMEOUT).values()
    found = answer.result()
    if found.state == ConsumerGroupState.DEAD:
        return None
    members = [
        Member(
            member.client_id,
            member.host.removeprefix("/"),
            member.group_instance_id,
            tuple(sorted((p.topic, p.partition) for p in member.assignment.topic_partitions)) if member.assignment else (),
        )
        for member in found.members
    ]
    where = f"broker {found.coordinator.id} ({found.coordinator.host}:{found.coordinator.port})" if found.coordinator else "no broker"
    state = found.state.name.lower().replace("_", " ")
    return Group(name, state, found.partition_assignor or "", where, tuple(sorted(members, key=lambda member: member.client_id)))


if __name__ == "__main__":
    try:
        print(msgspec.json.encode(ask_coordinator(os.environ, sys.argv[1])).decode())
    except KafkaException as error:
        sys.exit(error.args[0].str())
