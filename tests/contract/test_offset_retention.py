"""A group that was away finds its place for as long as its records are kept."""

from __future__ import annotations

from pathlib import Path

from infra.local.settings import ROOT
from infra.local.stack_file import case_names
from shared.contracts import load_contracts

FOREVER = "-1"


def test_offsets_are_kept_as_long_as_any_topic_keeps_its_records() -> None:
    lines = (Path(ROOT) / "infra" / "kafka" / "server.properties").read_text().splitlines()
    properties = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    kept_ms = int(properties["offsets.retention.minutes"]) * 60_000
    topics = [topic for case in case_names(ROOT) for topic in load_contracts(ROOT / "services" / case).topics]
    retentions = {topic.name: topic.config.get("retention.ms", FOREVER) for topic in topics}
    longer = {name: ms for name, ms in retentions.items() if ms != FOREVER and int(ms) > kept_ms}
    assert len(retentions) > 10
    assert longer == {}
