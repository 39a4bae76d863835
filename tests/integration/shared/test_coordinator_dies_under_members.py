"""Members that commit while the broker that coordinates them is dead: each goes on once another broker coordinates."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

from shared.consumer.client import KafkaConsumer
from shared.testing import eventually
from tests.chaos.processes import Processes
from tests.integration.real_cluster import RealCluster
from tests.suites.cluster import random_name

pytestmark = [pytest.mark.breaks_servers, pytest.mark.timeout(400)]

MEMBERS = 12
"""Each the only one of its group: some are fenced where a client sends what it had put off."""


class Committing(threading.Thread):
    """A static member that commits without a pause whatever it has."""

    def __init__(self, consumer: KafkaConsumer, topic: str) -> None:
        super().__init__(daemon=True)
        self._consumer = consumer
        self._topic = topic
        self._stopping = threading.Event()
        self.has = False
        self.offset = 1
        self.fatal: str | None = None
        self.start()

    def stop(self) -> None:
        self._stopping.set()
        self.join(30)

    def run(self) -> None:
        self._consumer.subscribe([self._topic], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_revoke)
        try:
            while not self._stopping.is_set() and self.fatal is None:
                message = self._consumer.poll(0.05)
                if message is not None and message.error() is not None and message.error().code() == KafkaError._FATAL:
                    self.fatal = message.error().str()
                elif self.has:
                    self._consumer.commit(offsets=[TopicPartition(self._topic, 0, self.offset)], asynchronous=True)
        finally:
            self._consumer.close()

    def _on_assign(self, consumer: KafkaConsumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_assign(partitions)
        self.has = True

    def _on_revoke(self, consumer: KafkaConsumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_unassign(partitions)
        self.has = False


def test_no_member_is_ended_by_what_it_committed_before_it_lost_its_session(cluster: RealCluster, processes: Processes) -> None:
    topic, groups = cluster.create_topic(), [random_name("group") for _ in range(MEMBERS)]
    for value in (b"one", b"two"):
        cluster.append(topic, value)
    members = [Committing(cluster.consumer(group, 0), topic) for group in groups]
    try:
        eventually(lambda: all(member.has for member in members), within=60)
        admin = AdminClient(cluster.client)  # named: its futures do not outlive it
        found = admin.describe_consumer_groups(groups)
        coordinators = [found[group].result(20).coordinator.id for group in groups]
        dead, _ = Counter(coordinators).most_common(1)[0]
        processes.take_away(f"kafka-{dead}")
        for member in members:
            member.offset = 2

        def all_commit() -> None:
            assert [member.fatal for member in members if member.fatal] == []
            assert [cluster.committed(group, topic) for group in groups] == [{0: 2}] * MEMBERS

        eventually(all_commit, within=90, every=1, not_yet=(AssertionError, KafkaException))
        assert [member.fatal for member in members if member.fatal] == []
    finally:
        for member in members:
            member.stop()
