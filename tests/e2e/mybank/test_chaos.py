"""The short form of `make chaos-mybank`: five faults while the bank books and thresholds change; then every alert is right, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.mybank.run import chaos
from tests.chaos.report import table
from tests.chaos.run import Plan
from tests.chaos.schedule import Fault, Kind
from tests.chaos.short import broken_promises, few_with
from tests.conftest import Stack

ALWAYS = (Fault("postgres", Kind.KILL), Fault("connect", Kind.KILL), Fault("alert-processor", Kind.KILL), Fault("settings-api", Kind.KILL))


@pytest.mark.breaks_servers
@pytest.mark.timeout(600)
def test_five_faults_miss_no_alert_and_double_none(breakable_stack: Stack) -> None:
    if "MYBANK_DATABASE_URL" not in breakable_stack.env:
        pytest.skip("MyBank is not up: start it with 'make up-mybank'")
    if "127.0.0.1" not in breakable_stack.env.get("MYBANK_WEBHOOK_HOSTS", ""):
        pytest.skip("this stack allows no receiver on this machine: set MYBANK_WEBHOOK_HOSTS=127.0.0.1")
    plan = Plan(rate=40, away_seconds=5, variant="tests", choose=few_with(ALWAYS))
    result = chaos(plan, Path(breakable_stack.env["STACK_DIR"]))
    print(table(result))
    assert broken_promises(result) == []
