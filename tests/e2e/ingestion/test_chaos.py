"""The short form of `make chaos-ingestion`: five faults while events come in, then every layer holds each of them once, unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.ingestion.run import chaos
from tests.chaos.report import table
from tests.chaos.run import FlowPlan
from tests.chaos.schedule import Fault, Kind
from tests.chaos.short import broken_promises, few_with
from tests.conftest import Stack

ALWAYS = (
    Fault("lake-writer-hdfs", Kind.KILL),
    Fault("important-filter", Kind.KILL),
    Fault("s3", Kind.AWAY),
    Fault("hdfs-namenode", Kind.AWAY),
)


@pytest.mark.breaks_servers
@pytest.mark.timeout(900)
def test_five_faults_lose_double_and_change_nothing_in_any_layer(breakable_stack: Stack) -> None:
    if "INGESTION_INGEST_API_PORT" not in breakable_stack.env:
        pytest.skip("ingestion is not up: start it with 'make up-ingestion'")
    plan = FlowPlan(events=10_000, rate=100, away_seconds=8, variant="tests", choose=few_with(ALWAYS))
    result = chaos(plan, Path(breakable_stack.env["STACK_DIR"]))
    print(table(result))
    assert broken_promises(result) == []
