from __future__ import annotations

from pathlib import Path

import pytest

from infra.kafka.component import COMPONENT as KAFKA
from infra.local.plan import make_plan
from infra.local.up import declare
from infra.valkey.component import COMPONENT as VALKEY
from tests.unit.infra.checkout import BANK, SHOP, settings

TOPICS = "topics: []\n"


def test_each_case_declares_in_its_own_order_whatever_other_cases_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    declared: list[tuple[str, str]] = []
    for component in (KAFKA, VALKEY):
        monkeypatch.setattr(component, "declare", lambda _, of, __, name=component.name: declared.append((of.case, name)))
    cases = {"bank": BANK.replace("[valkey]", "[kafka, valkey]"), "shop": SHOP.replace("[valkey]", "[valkey, kafka]")}
    checkout = settings(tmp_path, {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9"}, **cases)
    for case in cases:
        contracts = tmp_path / "services" / case / "contracts"
        contracts.mkdir()
        (contracts / "topics.yaml").write_text(TOPICS)
    declare(make_plan(checkout, dict.fromkeys(cases)))
    assert declared == [("bank", "kafka"), ("bank", "valkey"), ("shop", "valkey"), ("shop", "kafka")]
