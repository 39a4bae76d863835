"""Every case's contracts keep the rules; each rule is seen to find a planted violation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import Contracts, load_contracts
from tests.contract import rules

ROOT = Path(__file__).resolve().parents[2]
CASES = sorted(path.parents[1] for path in ROOT.glob("services/*/contracts/topics.yaml"))

Rule = Callable[[Path, Contracts], Iterator[str]]
RULES: list[Rule] = [getattr(rules, name) for name in sorted(vars(rules)) if name.endswith("_violations")]

SCHEMA: dict[str, Any] = {
    "type": "record",
    "name": "TicketSold",
    "namespace": "cinema",
    "doc": "Somebody has a seat.",
    "fields": [{"name": name, "type": "string"} for name in ("event_id", "user_id")] + [{"name": "occurred_at", "type": "long"}],
}
EXAMPLE: dict[str, Any] = {"event_id": "1", "user_id": "ada", "occurred_at": 1}
INDEX: dict[str, Any] = {"mappings": {"dynamic": "strict", "properties": {"seat": {"properties": {"row": {"type": "integer"}}}}}}
TOPICS = """
topics:
  - name: cinema.ticket-sales
    key: user_id
    schema: ticket_sales.v1
    partitions: 1
    config: {retention.ms: "1000"}
    producers: [ticket-api]
    consumers: [ticket-sink]
    dead_letters: true
    why: few
"""
CONNECTOR = json.dumps(
    {"full_compatibility": ["cinema.tickets-value"], "config": {"slot.name": "seats", "transforms.topic.replacement": "cinema.seats"}}
)
FILE_CONNECTOR = json.dumps(
    {"config": {"connector.class": "org.apache.kafka.connect.file.FileStreamSourceConnector", "topic": "cinema.posters"}}
)
SOUND: dict[str, str] = {
    "stack.yaml": "services:\n  - {name: ticket-api}\n  - {name: ticket-sink}\n",
    "contracts/topics.yaml": TOPICS,
    "contracts/ticket_sales.v1.avsc": json.dumps(SCHEMA),
    "contracts/examples/ticket_sales.v1.json": json.dumps(EXAMPLE),
    "contracts/indices/tickets.v1.json": json.dumps(INDEX),
}


def schema_without(field: str) -> str:
    return json.dumps(SCHEMA | {"fields": [entry for entry in SCHEMA["fields"] if entry["name"] != field]})


PLANTED: list[tuple[Rule, str, str | None, str]] = [
    (rules.name_violations, "contracts/topics.yaml", TOPICS.replace("ticket-sales", "ticket_sales"), "cinema.ticket_sales is not"),
    (rules.name_violations, "contracts/topics.yaml", TOPICS.replace("cinema.", "film."), "film.ticket-sales is not"),
    (rules.orphan_violations, "contracts/seats.v1.avsc", json.dumps(SCHEMA), "seats.v1.avsc: no topic"),
    (rules.orphan_violations, "contracts/examples/seats.v1.json", "{}", "examples/seats.v1.json: there is no"),
    (rules.orphan_violations, "contracts/examples/ticket_sales.v1.json", None, "has no examples/ticket_sales.v1.json"),
    (rules.orphan_violations, "contracts/topics.yaml", TOPICS.replace("[ticket-api]", "[connect]"), "registered by its connector"),
    (rules.process_violations, "contracts/topics.yaml", TOPICS.replace("[ticket-api]", "[connect]"), "its producer connect is not"),
    (rules.connector_violations, "contracts/topics.yaml", TOPICS.replace("[ticket-api]", "[connect]"), "no connector writes it"),
    (rules.connector_violations, "connect/tickets.json", CONNECTOR, "writes cinema.seats, which topics.yaml does not give to connect"),
    (rules.connector_violations, "connect/tickets.json", CONNECTOR, "it does not write cinema.tickets, whose schemas it binds"),
    (rules.connector_violations, "connect/tickets.json", CONNECTOR, "database.yaml does not name its slot seats"),
    (
        rules.connector_violations,
        "connect/posters.json",
        FILE_CONNECTOR,
        "writes cinema.posters, which topics.yaml does not give to connect",
    ),
    (rules.topic_violations, "contracts/topics.yaml", TOPICS.replace("    why: few\n", ""), "does not say why"),
    (rules.topic_violations, "contracts/topics.yaml", TOPICS.replace('    config: {retention.ms: "1000"}\n', ""), "says neither"),
    (rules.process_violations, "stack.yaml", "services:\n  - {name: ticket-api}\n", "its consumer ticket-sink is not in stack.yaml"),
    (rules.process_violations, "contracts/topics.yaml", TOPICS.replace("[ticket-api]", "[]"), "has no producer"),
    (rules.dead_letter_violations, "contracts/topics.yaml", TOPICS.replace("dead_letters: true", ""), "has no dead letters"),
    (rules.dead_letter_violations, "contracts/topics.yaml", TOPICS.replace("[ticket-sink]", "[]"), "nobody consumes"),
    (rules.schema_violations, "contracts/ticket_sales.v1.avsc", schema_without("user_id"), "no field 'user_id'"),
    (rules.schema_violations, "contracts/ticket_sales.v1.avsc", schema_without("event_id"), "no field 'event_id'"),
    (rules.schema_violations, "contracts/ticket_sales.v1.avsc", json.dumps(SCHEMA | {"namespace": "film"}), "namespace"),
    (rules.example_violations, "contracts/examples/ticket_sales.v1.json", json.dumps(EXAMPLE | {"occurred_at": "now"}), "is no record"),
    (rules.example_violations, "contracts/examples/ticket_sales.v1.json", json.dumps(EXAMPLE | {"seat": 1}), "is no record"),
    (rules.index_violations, "contracts/indices/tickets.v1.json", json.dumps({"mappings": {}}), "tickets-v1 is not strict"),
    (
        rules.index_violations,
        "contracts/indices/tickets.v1.json",
        json.dumps({"mappings": {"dynamic": "strict", "properties": {"seat": {"dynamic": True}}}}),
        "seat is not strict",
    ),
]


def plant(tmp_path: Path, files: dict[str, str | None]) -> tuple[Path, Contracts]:
    case = tmp_path / "cinema"
    for name, text in files.items():
        if text is not None:
            (case / name).parent.mkdir(parents=True, exist_ok=True)
            (case / name).write_text(text)
    return case / "contracts", load_contracts(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_case_keeps_the_rule(rule: Rule, case: Path) -> None:
    assert list(rule(case / "contracts", load_contracts(case))) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_sound_contracts_keep_the_rule(tmp_path: Path, rule: Rule) -> None:
    assert list(rule(*plant(tmp_path, dict(SOUND)))) == []


@pytest.mark.parametrize(("rule", "file", "text", "found"), PLANTED)
def test_a_planted_violation_is_found(tmp_path: Path, rule: Rule, file: str, text: str | None, found: str) -> None:
    violations = list(rule(*plant(tmp_path, dict(SOUND) | {file: text})))
    assert any(found in violation for violation in violations), violations


def test_what_a_source_names_as_its_topic_is_written_by_it(tmp_path: Path) -> None:
    files = {
        "contracts/topics.yaml": TOPICS.replace("ticket-sales", "posters").replace("[ticket-api]", "[connect]"),
        "connect/posters.json": FILE_CONNECTOR,
    }
    assert list(rules.connector_violations(*plant(tmp_path, SOUND | files))) == []


def test_every_rule_is_seen_to_find_something() -> None:
    assert {rule for rule, *_ in PLANTED} == set(RULES)


def test_there_is_a_case() -> None:
    assert CASES
