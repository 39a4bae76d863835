from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import Stack
from tests.integration.real_cluster import RealCluster


@pytest.fixture
def ingest(stack: Stack) -> Iterator[httpx.Client]:
    yield from _api(stack, "ingest-api")


@pytest.fixture
def query(stack: Stack) -> Iterator[httpx.Client]:
    yield from _api(stack, "query-api")


def _api(stack: Stack, name: str) -> Iterator[httpx.Client]:
    if f"INGESTION_{name.upper().replace('-', '_')}_PORT" not in stack.env:
        pytest.skip("ingestion is not up: start it with 'make up-ingestion'")
    with httpx.Client(base_url=stack.url("ingestion", name), trust_env=False, timeout=30) as client:
        yield client


@pytest.fixture
def cluster(stack: Stack) -> Iterator[RealCluster]:
    cluster = RealCluster(stack.settings.kafka.client())
    yield cluster
    cluster.close()
