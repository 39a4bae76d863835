"""The code's topics and event types say what the declarations say, and every example passes through the codec unchanged."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from shared.contracts import load_contracts
from shared.registry import InMemorySchemaRegistry
from shared.serialization import AvroCodec
from shared.topics import Topic
from tests.contract.rules import own_events
from tests.contract.test_contracts import CASES, ROOT


def module(case: Path, name: str) -> ModuleType:
    return importlib.import_module(f"services.{case.name}.contracts.{name}")


def topics(case: Path) -> list[Topic[Any]]:
    return [value for value in vars(module(case, "topics")).values() if isinstance(value, Topic)]


def own_topics(case: Path) -> list[Topic[Any]]:
    """Without those of a connector, which have no schema here."""
    own = {spec.name for spec in own_events(load_contracts(case))}
    return [topic for topic in topics(case) if topic.name in own]


TOPICS = [pytest.param(case, topic, id=topic.name) for case in CASES for topic in own_topics(case)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_code_names_exactly_the_declared_topics(case: Path) -> None:
    declared = {topic.name for topic in load_contracts(case).topics if topic.kind == "events"}
    assert {topic.name for topic in topics(case)} == declared
    assert case == module(case, "topics").CASE_DIR


@pytest.mark.parametrize(("case", "topic"), TOPICS)
def test_key_event_and_fields_are_those_of_the_declaration(case: Path, topic: Topic[Any]) -> None:
    contracts = load_contracts(case)
    schema = contracts.schema(topic.name).schema
    assert topic.key == contracts.topic(topic.name).key
    assert topic.event.__name__ == schema["name"]
    assert list(topic.event.__struct_fields__) == [field["name"] for field in schema["fields"]]


@pytest.mark.parametrize(("case", "topic"), TOPICS)
def test_the_example_passes_through_the_codec_unchanged(case: Path, topic: Topic[Any]) -> None:
    contracts = load_contracts(case)
    spec = contracts.schema(topic.name)
    example = json.loads((case / "contracts" / "examples" / spec.file.replace(".avsc", ".json")).read_text())
    event = msgspec.convert(example, topic.event)
    registry = InMemorySchemaRegistry()
    registry.register(spec.subject, spec.schema)
    codec = AvroCodec(topic, spec.schema, registry)
    decoded = codec.decode(codec.encode(event))
    assert decoded == event
    assert msgspec.to_builtins(decoded) == example


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_code_names_exactly_the_declared_indices(case: Path) -> None:
    declared = {index.alias for index in load_contracts(case).indices}
    if not declared:
        return
    stores = module(case, "stores")
    assert {value for name, value in vars(stores).items() if name.endswith("_INDEX")} == declared


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_event_types_are_frozen_and_in_the_past_tense(case: Path) -> None:
    for topic in topics(case):
        assert topic.event.__struct_config__.frozen, topic.event
        assert topic.event.__name__.endswith("d"), f"{topic.event.__name__}: an event has happened"


def test_the_cases_are_those_of_services() -> None:
    assert {case.parent for case in CASES} == {ROOT / "services"}
