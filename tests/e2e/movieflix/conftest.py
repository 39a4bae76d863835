"""The running case, reached as its clients reach it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest

from tests.conftest import Stack
from tests.integration.real_cluster import RealCluster


@pytest.fixture
def user() -> str:
    """A viewer that nobody else has."""
    return f"user-{uuid4().hex}"


@pytest.fixture(scope="session")
def playback(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.url("movieflix", "playback-api"), timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def resume(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.url("movieflix", "resume-api"), timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def cluster(stack: Stack) -> Iterator[RealCluster]:
    cluster = RealCluster(stack.settings.kafka.client())
    yield cluster
    cluster.close()
