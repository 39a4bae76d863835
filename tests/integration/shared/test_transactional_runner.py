"""TransactionalRunner on the real cluster: its suite, open transactions, and kill -9."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from confluent_kafka import KafkaException, Producer

from shared.streams.transactions import transactional_config
from shared.testing import eventually
from shared.testing.eventually import NOT_YET
from tests.integration.real_cluster import QUIET, RealCluster
from tests.suites.cluster import random_name
from tests.suites.counting import CountingRunner, Topics, assert_exact
from tests.suites.events import SeatTaken, codec_of, seat_taken
from tests.suites.transactional_suite import TransactionalSuite, write

KILLS = 6
EVENTS_A_SECOND = 2000
SEATS = 400


class TestTransactionsOnKafka(TransactionalSuite):
    """All of the suite."""


def test_who_takes_a_partition_over_waits_for_the_transaction_that_is_open_on_its_state(cluster: RealCluster) -> None:
    topics = Topics(cluster)
    write(cluster, topics, range(1))
    # It is to stay open until the other waits for it, however long that takes to join.
    predecessor = Producer(transactional_config(cluster.client, random_name("other"), 0) | QUIET | {"transaction.timeout.ms": 60_000})
    predecessor.init_transactions(20)
    predecessor.begin_transaction()
    predecessor.produce(topics.state, msgspec.msgpack.encode(41), b"A0", partition=0)
    predecessor.flush(20)
    running = CountingRunner(cluster, topics, random_name("group"))
    try:
        eventually(lambda: 0 in running.runner._state.partitions, within=30)
        assert topics.counted() == []
        assert "partitions" in running.health.ready()
        predecessor.commit_transaction(20)
        eventually(lambda: [output.count for output in topics.counted()] == [42])
    finally:
        running.stop()


class Workers:
    """Two processes of one group, each started anew when it ends, as the supervisor does."""

    def __init__(self, topics: Topics, group: str) -> None:
        self._command = [sys.executable, "-m", "tests.integration.shared.counting_worker"]
        self._command += [topics.source, topics.state, topics.output, group]
        self._stopping = threading.Event()
        self._away: set[int] = set()
        self.processes = [self._start(instance) for instance in range(2)]
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def kill(self, instance: int, come_back: bool = True) -> None:
        if not come_back:
            self._away.add(instance)
        # The keeper may have put its successor in its place between the two.
        process = self.processes[instance]
        process.kill()
        process.wait(30)

    def come_back(self) -> None:
        self._away.clear()

    def stop(self) -> None:
        self._stopping.set()
        self._keeper.join(5)
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)

    def _start(self, instance: int) -> subprocess.Popen[bytes]:
        environment = os.environ | {"SERVICE_INSTANCE": str(instance), "SERVICE_PORT": "0", "LOG_LEVEL": "ERROR"}
        return subprocess.Popen(self._command, env=environment, stdin=subprocess.DEVNULL)

    def _keep(self) -> None:
        while not self._stopping.wait(0.2):
            for instance, process in enumerate(self.processes):
                if process.poll() is not None and instance not in self._away:
                    self.processes[instance] = self._start(instance)


class Flow(threading.Thread):
    """Events at an even rate until `end`; `sent` is all that the cluster acknowledged, in the order of each seat."""

    def __init__(self, client: dict[str, Any], topic: str) -> None:
        super().__init__(daemon=True)
        config = {"acks": "all", "enable.idempotence": True, "linger.ms": 20, "partitioner": "murmur2_random"}
        self._producer = Producer(client | QUIET | config)
        self._topic = topic
        self._ending = threading.Event()
        self.sent: list[SeatTaken] = []
        self.errors: list[str] = []

    def run(self) -> None:
        codec = codec_of(self._topic)
        started = time.monotonic()
        while not self._ending.wait(0.02):
            while len(self.sent) < (time.monotonic() - started) * EVENTS_A_SECOND:
                event = seat_taken(len(self.sent), f"seat-{random.randrange(SEATS)}")
                self._producer.produce(self._topic, codec.encode(event), event.seat, on_delivery=self._delivered)
                self.sent.append(event)
            self._producer.poll(0)
        assert self._producer.flush(60) == 0

    def _delivered(self, error: Any, _message: Any) -> None:
        if error is not None:
            self.errors.append(str(error))

    def end(self) -> None:
        self._ending.set()
        self.join(90)


@pytest.fixture
def topics(cluster: RealCluster) -> Topics:
    return Topics(cluster, 4)


@pytest.fixture
def flow(cluster: RealCluster, topics: Topics) -> Iterator[Flow]:
    flow = Flow(cluster.client, topics.source)
    flow.start()
    yield flow
    flow.end()


@pytest.fixture
def group() -> str:
    return random_name("group")


@pytest.fixture
def workers(topics: Topics, group: str) -> Iterator[Workers]:
    workers = Workers(topics, group)
    yield workers
    workers.stop()


@pytest.mark.timeout(300)
def test_with_two_workers_killed_again_and_again_every_event_is_counted_exactly_once(
    cluster: RealCluster, topics: Topics, group: str, flow: Flow, workers: Workers
) -> None:
    def catches_up() -> float:
        """Seconds until every partition is committed up to where it is now."""
        began, ends = time.monotonic(), cluster.end_offsets([topics.source])

        def done() -> bool:
            committed = cluster.committed(group, topics.source)
            return all(committed.get(partition, 0) >= end for (_, partition), end in ends.items())

        # Not every broker has heard of a new topic, or of its leader.
        eventually(done, within=60, every=0.1, not_yet=(*NOT_YET, KafkaException))
        return time.monotonic() - began

    eventually(lambda: len(flow.sent) > EVENTS_A_SECOND)
    catches_up()
    restarted, taken_over = [], []
    for kill in range(KILLS):
        workers.kill(kill % 2)
        restarted.append(catches_up())
    for instance in range(2):
        workers.kill(instance, come_back=False)
        taken_over.append(catches_up())
        workers.come_back()
        catches_up()
    flow.end()
    assert flow.errors == []
    eventually(lambda: len(topics.counted()) >= len(flow.sent), within=60, every=1)
    eventually(lambda: assert_exact(flow.sent, topics), within=60, every=1)
    print(f"{len(flow.sent)} events, {KILLS + 2} kills, all counted once; caught up {max(restarted):.1f} s after a kill with a restart,")
    print(f"{max(taken_over):.1f} s after one whose partitions the other worker took over")
