"""ConsumerRunner on the real cluster: its suite, and what takes a real clock."""

from __future__ import annotations

import time
from typing import Any

from shared.testing import eventually
from tests.integration.real_cluster import RealCluster
from tests.suites.cluster import random_name
from tests.suites.events import write
from tests.suites.runner_suite import RunnerSuite
from tests.suites.running import Running, Store


class TestRunnerOnKafka(RunnerSuite):
    """All of the suite."""


def test_a_member_keeps_its_partitions_while_its_store_is_away_for_longer_than_the_longest_poll(cluster: RealCluster) -> None:
    topic, group, store = cluster.create_topic(2), random_name("group"), Store()
    store.away = True
    write(cluster, topic, range(10), partitions=2)
    running = Running(cluster, topic, group, store, config={"max.poll.interval.ms": 6000, "session.timeout.ms": 6000})
    try:
        eventually(lambda: store.tries >= 1)
        began = time.monotonic()
        revoked = count_revocations(running)
        eventually(lambda: time.monotonic() - began > 8, within=20, every=0.5)
        assert revoked == []
        store.away = False
        eventually(lambda: cluster.committed(group, topic) == {0: 5, 1: 5})
        assert store.numbers(0) + store.numbers(1) == [0, 2, 4, 6, 8, 1, 3, 5, 7, 9]
        assert revoked == []
    finally:
        running.stop()


def count_revocations(running: Running) -> list[str]:
    told: list[str] = []
    drop = running.runner._drop

    def watched(*arguments: Any) -> None:
        told.append("revoked")
        drop(*arguments)

    running.runner._drop = watched  # type: ignore[method-assign]
    return told
