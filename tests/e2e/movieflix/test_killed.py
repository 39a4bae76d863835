"""kill -9 during a stream of batches: nothing that was acknowledged is missing after, and nothing counts twice."""

from __future__ import annotations

from collections import Counter

import httpx
import pytest
from confluent_kafka.admin import AdminClient

from services.movieflix.contracts.topics import SHOW_POSITION
from shared.testing import eventually
from tests.conftest import Stack
from tests.e2e.movieflix.ledger import SHOW, Ledger
from tests.e2e.victims import kill, restarted
from tests.integration.real_cluster import RealCluster

pytestmark = [pytest.mark.breaks_servers, pytest.mark.timeout(300)]


def positions_stored(stack: Stack) -> int:
    answer = httpx.get(f"{stack.url('movieflix', 'analytics-api')}/v1/analytics/summary", timeout=10, trust_env=False)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["positions"])


def port_of(stack: Stack, service: str) -> int:
    return int(stack.url("movieflix", service).rsplit(":", 1)[1])


def goes_on(ledger: Ledger, batches: int = 10) -> None:
    """Wait until that many more batches are acknowledged."""
    target = ledger.batches + batches
    eventually(lambda: ledger.batches >= target or bool(ledger.unexpected), within=90)


def all_in_sync(cluster: RealCluster) -> bool:
    topics = AdminClient(cluster.client | {"log_level": 0}).list_topics(timeout=5).topics
    return all(len(p.isrs) == len(p.replicas) for topic in topics.values() for p in topic.partitions.values())


def assert_nothing_is_missing(stack: Stack, cluster: RealCluster, resume: httpx.Client, ledger: Ledger, stored_before: int) -> None:
    written = Counter(dict(message.headers())["ce_id"].decode() for message in cluster.records(SHOW_POSITION.name))
    missing = ledger.acknowledged - written.keys()
    assert not missing, f"{len(missing)} of {len(ledger.acknowledged)} acknowledged events are not in the topic"
    for user, position in ledger.last_positions().items():

        def stands(user: str = user, position: float = position) -> None:
            answer = resume.get(f"/v1/users/{user}/positions/{SHOW}")
            assert answer.status_code == 200, answer.text
            assert answer.json()["position_seconds"] == position

        eventually(stands, within=60)

    def counted_once() -> None:
        assert positions_stored(stack) - stored_before == len(ledger.acknowledged)

    eventually(counted_once, within=60)
    twice = sum(written[event_id] - 1 for event_id in ledger.acknowledged)
    print(
        f"{len(ledger.acknowledged)} acknowledged, 0 missing; {ledger.repeated} calls repeated, {twice} doubled in the log, none in a view;"
    )
    print(f"longest wait for an acknowledgement {ledger.longest_gap:.1f} s")


@pytest.fixture
def stored_before(breakable_stack: Stack) -> int:
    """Read twice alike: what earlier tests sent has arrived."""
    last = [-1]

    def settled() -> bool:
        last.append(positions_stored(breakable_stack))
        return last[-1] == last[-2]

    eventually(settled, within=30, every=1.5)
    return last[-1]


def test_with_a_broker_killed_nothing_acknowledged_is_missing(
    breakable_stack: Stack, cluster: RealCluster, resume: httpx.Client, stored_before: int
) -> None:
    addresses = breakable_stack.env["KAFKA_BOOTSTRAP_SERVERS"].split(",")
    if len(addresses) < 3:
        pytest.skip("one broker cannot be killed without an outage: KAFKA_BROKERS=3 has three")
    port = int(addresses[1].rsplit(":", 1)[1])
    with Ledger(breakable_stack.url("movieflix", "playback-api")) as ledger:
        goes_on(ledger)
        pid = kill(breakable_stack, port)
        goes_on(ledger)
        eventually(lambda: restarted(port, pid), within=60)
        eventually(lambda: all_in_sync(cluster), within=90, every=0.5, not_yet=(Exception,))
        goes_on(ledger)
    assert_nothing_is_missing(breakable_stack, cluster, resume, ledger, stored_before)


def test_with_every_worker_and_the_store_killed_nothing_acknowledged_is_missing(
    breakable_stack: Stack, cluster: RealCluster, resume: httpx.Client, stored_before: int
) -> None:
    ports = [port_of(breakable_stack, name) for name in ("resume-projector", "analytics-sink", "playback-api")]
    ports.append(int(breakable_stack.env["REDIS_PORT"]))
    with Ledger(breakable_stack.url("movieflix", "playback-api")) as ledger:
        for port in ports:
            goes_on(ledger, 5)
            pid = kill(breakable_stack, port)
            eventually(lambda port=port, pid=pid: restarted(port, pid), within=60)
        goes_on(ledger, 5)
    assert_nothing_is_missing(breakable_stack, cluster, resume, ledger, stored_before)
