from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.testing import eventually
from tests.chaos.kafka import all_in_sync
from tests.chaos.processes import Processes
from tests.conftest import Stack
from tests.integration.real_cluster import RealCluster


@pytest.fixture(scope="session")
def real_cluster(stack: Stack) -> Iterator[RealCluster]:
    cluster = RealCluster(stack.settings.kafka.client())
    yield cluster
    cluster.close()


@pytest.fixture
def cluster(real_cluster: RealCluster) -> RealCluster:
    return real_cluster


@pytest.fixture
def processes(breakable_stack: Stack, cluster: RealCluster) -> Iterator[Processes]:
    """To kill brokers with; afterwards all are back, and in sync."""
    brokers = len(breakable_stack.env["KAFKA_BOOTSTRAP_SERVERS"].split(","))
    if brokers < 3:
        pytest.skip("one broker has nobody to take its groups over")
    made = Processes(Path(breakable_stack.env["STACK_DIR"]))
    yield made
    made.heal()
    eventually(lambda: all_in_sync(cluster.client, brokers), within=120)
