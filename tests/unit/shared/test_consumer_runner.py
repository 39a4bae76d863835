"""ConsumerRunner on the in-memory broker: its suite, and what only a broker in memory can be made to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.consumer import lag
from shared.testing import eventually
from tests.suites.cluster import MemoryCluster
from tests.suites.events import write
from tests.suites.runner_suite import RunnerSuite
from tests.suites.running import Running, Store


@pytest.fixture(autouse=True)
def lag_is_measured_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lag, "MEASURE_INTERVAL_SECONDS", 0.01)


@pytest.fixture
def cluster() -> MemoryCluster:
    return MemoryCluster()


class TestRunnerInMemory(RunnerSuite):
    """All of the suite."""


@pytest.fixture
def topic(cluster: MemoryCluster) -> str:
    return cluster.create_topic()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def running(cluster: MemoryCluster, topic: str, store: Store) -> Iterator[Running]:
    running = Running(cluster, topic, "group", store)
    yield running
    running.stop()


def member(cluster: MemoryCluster) -> str:
    (member,) = cluster.broker.groups["group"].sessions
    return member


def test_a_runner_that_lost_its_partitions_joins_again_and_nothing_is_skipped(
    cluster: MemoryCluster, topic: str, store: Store, running: Running
) -> None:
    store.away = True
    write(cluster, topic, range(5))
    eventually(lambda: store.tries >= 2)
    cluster.broker.expel("group", member(cluster))
    write(cluster, topic, range(5, 8))
    store.away = False
    eventually(lambda: set(store.numbers()) == set(range(8)))
    eventually(lambda: cluster.committed("group", topic) == {0: 8})
    eventually(lambda: running.health.ready() == {})


def test_while_the_broker_is_away_the_runner_waits_and_goes_on_after(
    cluster: MemoryCluster, topic: str, store: Store, running: Running
) -> None:
    write(cluster, topic, range(3))
    eventually(lambda: cluster.committed("group", topic) == {0: 3})
    cluster.broker.reachable = False
    # A commit that the broker did not take is made up for by the next.
    eventually(lambda: running.health.live() == {})
    cluster.broker.reachable = True
    write(cluster, topic, range(3, 6))
    eventually(lambda: cluster.committed("group", topic) == {0: 6})
    assert store.numbers() == [0, 1, 2, 3, 4, 5]


def test_a_loop_that_hangs_in_its_handler_is_not_live(cluster: MemoryCluster, topic: str, store: Store, running: Running) -> None:
    running.runner._heartbeat._limit = 0.2
    store.gate.clear()
    write(cluster, topic, range(1))
    eventually(lambda: "poll_loop" in running.health.live())
    store.gate.set()
    eventually(lambda: running.health.live() == {})
