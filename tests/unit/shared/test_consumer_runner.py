"""ConsumerRunner on the in-memory broker: its suite, and what only a broker in memory can be made to do."""

from __future__ import annotations

import pytest

from tests.suites.cluster import MemoryCluster
from tests.suites.runner_suite import RunnerSuite


@pytest.fixture
def cluster() -> MemoryCluster:
    return MemoryCluster()


class TestRunnerInMemory(RunnerSuite):
    """All of the suite."""
