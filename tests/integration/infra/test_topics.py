from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, ResourceType

from infra.kafka.client import admin, reachable_brokers
from infra.kafka.lag import lag_lines
from infra.kafka.topics import create_topics
from infra.local.errors import StackError
from shared.contracts import TopicSpec
from shared.testing.eventually import eventually
from tests.conftest import Stack


@pytest.fixture
def env(stack: Stack) -> Mapping[str, str]:
    return stack.env


@pytest.fixture
def client(env: Mapping[str, str]) -> AdminClient:
    return admin(env)


@pytest.fixture
def spec(client: AdminClient) -> Iterator[TopicSpec]:
    topic = TopicSpec(f"infra.{uuid.uuid4().hex}", 2, {"retention.ms": "3600000", "cleanup.policy": "delete"})
    yield topic
    for future in client.delete_topics([topic.name]).values():
        future.exception(10)


def configuration(client: AdminClient, topic: str) -> dict[str, str]:
    """LookupError while the broker that is asked does not know the topic yet."""
    (future,) = client.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]).values()
    try:
        return {name: entry.value for name, entry in future.result(10).items()}
    except KafkaException as error:
        if error.args[0].code() != KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise
        raise LookupError(f"{topic} is not known") from error


def replicas(client: AdminClient, topic: str) -> list[int]:
    """The number of replicas of each partition; AssertionError while the topic is not known everywhere yet."""
    found = client.list_topics(topic).topics[topic]
    assert not found.error
    return [len(partition.replicas) for partition in found.partitions.values()]


def test_a_missing_topic_is_created_as_declared_on_up_to_three_brokers(
    env: Mapping[str, str], client: AdminClient, spec: TopicSpec
) -> None:
    said: list[str] = []
    create_topics(env, [spec], said.append)
    assert sorted(eventually(lambda: replicas(client, spec.name))) == [min(3, reachable_brokers(env)[0])] * 2
    assert eventually(lambda: configuration(client, spec.name))["retention.ms"] == "3600000"
    assert spec.name in said[0]


def test_a_topic_that_is_as_declared_is_left_alone(env: Mapping[str, str], spec: TopicSpec) -> None:
    said: list[str] = []
    create_topics(env, [spec], said.append)
    create_topics(env, [spec], said.append)
    assert len(said) == 1


def test_changed_configuration_is_set_and_other_configuration_kept(env: Mapping[str, str], client: AdminClient, spec: TopicSpec) -> None:
    create_topics(env, [spec], lambda _: None)
    said: list[str] = []
    create_topics(env, [replace(spec, config={"retention.ms": "7200000"})], said.append)

    def is_set() -> bool:
        found = configuration(client, spec.name)
        return (found["retention.ms"], found["cleanup.policy"]) == ("7200000", "delete")

    # Brokers hear of it one after the other.
    assert eventually(is_set)
    assert said == [f"kafka: {spec.name}: set retention.ms=7200000"]


def test_partitions_are_added_and_never_taken_away(env: Mapping[str, str], client: AdminClient, spec: TopicSpec) -> None:
    create_topics(env, [spec], lambda _: None)
    create_topics(env, [replace(spec, partitions=3)], lambda _: None)
    eventually(lambda: len(replicas(client, spec.name)) == 3)
    with pytest.raises(StackError, match=f"{spec.name} has 3 partitions and the contract declares 2"):
        create_topics(env, [spec], lambda _: None)


def test_a_broker_that_does_not_answer_is_told_and_not_waited_for() -> None:
    env = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"}
    assert reachable_brokers(env) == (0, "no connection")


def test_lag_is_told_for_every_group(env: Mapping[str, str]) -> None:
    assert all(line.startswith("lag  ") and "unknown" not in line for line in lag_lines(env))
