"""Consumer groups as their coordinators tell of them, and the words for what cannot be done with one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from infra.kafka.client import admin
from infra.local.settings import ROOT
from infra.local.stack_file import case_names, load_case
from shared.group_offsets import GroupOffsets, Place

_TIMEOUT = 10.0


class RefusedError(Exception):
    """What was asked for is not done. The text is a sentence that says why, and what to do."""


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


def find_group(env: Mapping[str, str], offsets: GroupOffsets, name: str) -> Group:
    """Raises RefusedError where there is no such group, naming those that there are; KafkaException."""
    known = offsets.groups()
    if name not in known:
        raise RefusedError(f"There is no group {name!r} (there are: {', '.join(known) or 'none yet'}).")
    return _describe(admin(env), name)


def _describe(client: AdminClient, name: str) -> Group:
    (answer,) = client.describe_consumer_groups([name], request_timeout=_TIMEOUT).values()
    found = answer.result()
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


def how_to_stop(group: Group) -> str:
    """The command where a service of a case is meant, by the rule that a group is named <case>-<service>."""
    names = {f"{service.case}-{service.name}" for case in case_names(ROOT) for service in load_case(ROOT, case).services}
    if group.name in names:
        return f"stop them with 'make stop SERVICE={group.name}', and start them afterwards with 'make restart SERVICE={group.name}'"
    return "stop them where they run"


def sentence(error: KafkaException) -> str:
    """For a person: librdkafka's own words, and where it goes from here."""
    reason: KafkaError = error.args[0]
    return f"Kafka does not answer as it should: {reason.str().rstrip('.')} ({reason.name()}). See 'make status', then run this again."
