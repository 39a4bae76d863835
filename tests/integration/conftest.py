from __future__ import annotations

from collections.abc import Iterator

import pytest

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
