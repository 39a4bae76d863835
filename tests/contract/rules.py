"""The rules that a case's contracts/ keep, as functions: each names what breaks it, one sentence for each place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fastavro
import yaml

from shared.contracts import Contracts, TopicSpec

_DATASET = r"[a-z0-9]+(-[a-z0-9]+)*"


CONNECT = "connect"
"""A producer that is no service: a connector, which registers the schema of what it reads from elsewhere."""


def events(contracts: Contracts) -> list[TopicSpec]:
    return [topic for topic in contracts.topics if topic.kind == "events"]


def own_events(contracts: Contracts) -> list[TopicSpec]:
    """Those whose schema is the case's own."""
    return [topic for topic in events(contracts) if CONNECT not in topic.producers and topic.values == "avro"]


def name_violations(folder: Path, contracts: Contracts) -> Iterator[str]:
    """`<case>.<dataset>`, hyphens inside, never `_`; a changelog is named by faust: `<case>-<service>-<table>-changelog`."""
    for topic in contracts.topics:
        rule = rf"{contracts.case}\.{_DATASET}(\.dlq)?" if topic.kind != "changelog" else rf"{contracts.case}-{_DATASET}-changelog"
        if not re.fullmatch(rule, topic.name):
            yield f"topic {topic.name} is not named {contracts.case}.<dataset>, with hyphens inside"


def orphan_violations(folder: Path, contracts: Contracts) -> Iterator[str]:
    """Every schema belongs to a topic, every example to a schema, and the other way round."""
    declared = {schema.file.removesuffix(".avsc") for schema in contracts.schemas}
    schemas = {path.stem for path in folder.glob("*.avsc")}
    examples = {path.stem for path in (folder / "examples").glob("*.json")}
    yield from (f"{name}.avsc: no topic has this schema" for name in sorted(schemas - declared))
    yield from (f"examples/{name}.json: there is no such schema" for name in sorted(examples - schemas))
    yield from (f"{name}.avsc has no examples/{name}.json" for name in sorted(schemas - examples))
    yield from (f"{topic.name} has no schema" for topic in own_events(contracts) if not topic.schema)
    connected = [topic for topic in events(contracts) if CONNECT in topic.producers]
    yield from (f"{topic.name}: its schema is registered by its connector, not here" for topic in connected if topic.schema)


def topic_violations(folder: Path, contracts: Contracts) -> Iterator[str]:
    """A topic says why it has its partitions, and how long it keeps what."""
    names = [topic.name for topic in contracts.topics]
    yield from (f"{name} is declared twice" for name in sorted(set(names)) if names.count(name) > 1)
    for topic in contracts.topics:
        if not topic.why or topic.partitions < 1:
            yield f"{topic.name} does not say why it has {topic.partitions} partitions"
        if "retention.ms" not in topic.config and "compact" not in topic.config.get("cleanup.policy", ""):
            yield f"{topic.name} says neither retention.ms nor cleanup.policy: compact"


def process_violations(folder: Path, contracts: Contracts) -> Iterator[str]:
    """Who produces and who consumes is a service of stack.yaml, or its Kafka Connect, and every topic has both."""
    stack = yaml.safe_load((folder.parent / "stack.yaml").read_text())
    known = {service["name"] for service in stack.get("services") or ()} | ({CONNECT} & set(stack.get("infra") or ()))
    for topic in contracts.topics:
        for role, names in (("producer", topic.producers), ("consumer", topic.consumers)):
            yield from (f"{topic.name}: its {role} {name} is not in stack.yaml" for name in names if name not in known)
            if not names and topic.kind not in ("dead-letters", "connector"):
                yield f"{topic.name} has no {role}"


def connector_violations(folder: Path, contracts: Contracts) -> Iterator[str]:
    """What connectors write is declared, what is declared as theirs is written; slots and subjects are those of the declarations."""
    declared = {topic.name for topic in contracts.topics if CONNECT in topic.producers}
    written: set[str] = set()
    database = folder.parent / "postgres" / "database.yaml"
    slots = set(yaml.safe_load(database.read_text()).get("slots", ())) if database.exists() else set()
    for path in sorted(folder.parent.glob("connect/*.json")):
        document = json.loads(path.read_text())
        config = document["config"]
        # A source says in `topic` where it writes, or a transformation names its topics anew.
        targets = {value for name, value in config.items() if name == "topic" or name.endswith(".replacement")}
        written |= targets
        yield from (f"{path.name} writes {name}, which topics.yaml does not give to connect" for name in sorted(targets - declared))
        subjects = {subject.removesuffix("-value") for subject in document.get("full_compatibility", ())}
        yield from (f"{path.name}: it does not write {name}, whose schemas it binds" for name in sorted(subjects - targets))
        if config.get("slot.name", "") not in {"", *slots}:
            yield f"{path.name}: database.yaml does not name its slot {config['slot.name']}"
    yield from (f"{name}: no connector writes it" for name in sorted(declared - written))


def dead_letter_violations(folder: Path, contracts: Contracts) -> Iterator[str]:
    """What is consumed has dead letters; dead letters have somebody who could write them."""
    names = {topic.name for topic in contracts.topics}
    for topic in events(contracts):
        has = f"{topic.name}.dlq" in names
        if topic.consumers and not has:
            yield f"{topic.name} is consumed and has no dead letters"
        if has and not topic.consumers:
            yield f"{topic.name}.dlq: nobody consumes {topic.name}"


def schema_violations(folder: Path, contracts: Contracts) -> Iterator[str]:
    """A schema is a record with a doc, in the namespace of its case, that has an event id, a time and its topic's key."""
    for topic in own_events(contracts):
        if not topic.schema:
            continue
        schema = contracts.schema(topic.name).schema
        fields = {field["name"] for field in schema["fields"]}
        yield from (f"{topic.schema}: no field {name!r}" for name in ("event_id", "occurred_at", topic.key) if name not in fields)
        if schema.get("namespace") != contracts.case:
            yield f"{topic.schema}: its namespace is not {contracts.case}"
        if not schema.get("doc"):
            yield f"{topic.schema} has no doc"


def example_violations(folder: Path, contracts: Contracts) -> Iterator[str]:
    """Each example is a record of its schema, with every field written out."""
    for schema in contracts.schemas:
        path = folder / "examples" / schema.file.replace(".avsc", ".json")
        if not path.exists():
            continue
        example = json.loads(path.read_text())
        fields = {field["name"] for field in schema.schema["fields"]}
        valid = fastavro.validation.validate(example, fastavro.parse_schema(schema.schema), raise_errors=False)
        if not valid or set(example) != fields:
            yield f"{path.name} is no record of {schema.file}"


def index_violations(folder: Path, contracts: Contracts) -> Iterator[str]:
    """An index refuses fields that it does not know: `dynamic: strict`, at every level."""
    for index in contracts.indices:
        mappings = index.body.get("mappings", {})
        if mappings.get("dynamic") != "strict":
            yield f"{index.index} is not strict"
        yield from (f"{index.index}: {path} is not strict" for path in _loose(mappings.get("properties", {}), ""))


def _loose(properties: dict[str, Any], prefix: str) -> Iterator[str]:
    for name, field in properties.items():
        if field.get("dynamic", "strict") != "strict":
            yield prefix + name
        yield from _loose(field.get("properties", {}), f"{prefix}{name}.")
