"""What a case declares of its data: topics, Avro schemas, Elasticsearch indices.

A case's `contracts/` folder is the only place where these stand. The launcher creates them before a service starts; services
and tests read them through `load_contracts`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DEAD_LETTER_SUFFIX = ".dlq"
DEAD_LETTER_RETENTION_MS = 30 * 24 * 3600 * 1000

_SCHEMA_FILE = re.compile(r"^(?P<dataset>[a-z0-9_]+)\.v(?P<version>\d+)$")
_INDEX_FILE = re.compile(r"^(?P<dataset>[a-z0-9-]+)\.v(?P<version>\d+)\.json$")


class ContractError(ValueError):
    """A contract file is missing or says something that cannot be; the message names the file and the mend."""


@dataclass(frozen=True)
class TopicSpec:
    """One topic as it is to exist on the cluster."""

    name: str
    partitions: int
    config: dict[str, str]
    schema: str | None = None
    values: str = "avro"
    """`json` where what comes from outside is kept as it came: no schema is registered."""
    key: str | None = None
    producers: tuple[str, ...] = ()
    consumers: tuple[str, ...] = ()
    why: str = ""
    kind: str = "events"
    """`events`, `dead-letters`, `changelog`, or `connector`: what a connector writes for itself."""


@dataclass(frozen=True)
class SchemaSpec:
    """One Avro schema; `subject` follows the TopicNameStrategy of the Confluent registry."""

    file: str
    subject: str
    version: int
    schema: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class IndexSpec:
    """One Elasticsearch index behind an alias: readers and writers use the alias only."""

    alias: str
    index: str
    body: dict[str, Any] = field(hash=False)


@dataclass(frozen=True)
class Contracts:
    case: str
    topics: tuple[TopicSpec, ...]
    schemas: tuple[SchemaSpec, ...]
    indices: tuple[IndexSpec, ...]
    folder: Path = Path()
    """The case's folder: a component may find more of its declarations there."""

    def topic(self, name: str) -> TopicSpec:
        """Raises ContractError where the case declares no such topic."""
        for topic in self.topics:
            if topic.name == name:
                return topic
        raise ContractError(f"{self.case} declares no topic {name}: add it to contracts/topics.yaml")

    def schema(self, topic: str) -> SchemaSpec:
        """The schema of a topic's values."""
        for schema in self.schemas:
            if schema.subject == f"{topic}-value":
                return schema
        raise ContractError(f"{topic} has no schema in contracts/topics.yaml")


@lru_cache
def load_contracts(case_dir: Path) -> Contracts:
    """Read `<case_dir>/contracts`. Raises ContractError with the file at fault."""
    folder = case_dir / "contracts"
    path = folder / "topics.yaml"
    if not path.is_file():
        raise ContractError(f"{path} is missing: a case declares its topics there")
    document = yaml.safe_load(path.read_text())
    defaults = {key: str(value) for key, value in document.get("defaults", {}).get("config", {}).items()}
    topics: list[TopicSpec] = []
    schemas: list[SchemaSpec] = []
    for entry in document["topics"]:
        topic = _topic(entry, defaults, "events")
        topics.append(topic)
        if topic.schema:
            schemas.append(_schema(folder, topic.name, topic.schema))
        if entry.get("dead_letters"):
            topics.append(_dead_letters(topic, defaults))
    topics.extend(_topic(entry, defaults, "changelog") for entry in document.get("changelogs", []))
    topics.extend(_topic(entry, defaults, "connector") for entry in document.get("connectors", []))
    return Contracts(case_dir.name, tuple(topics), tuple(schemas), _indices(case_dir.name, folder / "indices"), case_dir)


def _topic(entry: dict[str, Any], defaults: dict[str, str], kind: str) -> TopicSpec:
    config = defaults | {key: str(value) for key, value in entry.get("config", {}).items()}
    return TopicSpec(
        name=entry["name"],
        partitions=int(entry["partitions"]),
        config=config,
        schema=entry.get("schema"),
        values=entry.get("values", "avro"),
        key=entry.get("key"),
        producers=tuple(entry.get("producers", ())),
        consumers=tuple(entry.get("consumers", ())),
        why=entry.get("why", ""),
        kind=kind,
    )


def _dead_letters(topic: TopicSpec, defaults: dict[str, str]) -> TopicSpec:
    return TopicSpec(
        name=topic.name + DEAD_LETTER_SUFFIX,
        partitions=1,
        config=defaults | {"retention.ms": str(DEAD_LETTER_RETENTION_MS)},
        producers=topic.consumers,
        why=f"What no consumer of {topic.name} could read; few, and read by people: one partition.",
        kind="dead-letters",
    )


def _schema(folder: Path, topic: str, name: str) -> SchemaSpec:
    match = _SCHEMA_FILE.match(name)
    path = folder / f"{name}.avsc"
    if not match or not path.is_file():
        raise ContractError(f"{topic} names the schema {name!r}, but there is no {path}: name it <dataset>.v<N>.avsc")
    return SchemaSpec(path.name, f"{topic}-value", int(match["version"]), json.loads(path.read_text()))


def _indices(case: str, folder: Path) -> tuple[IndexSpec, ...]:
    specs = []
    for path in sorted(folder.glob("*.json")):
        match = _INDEX_FILE.match(path.name)
        if not match:
            raise ContractError(f"{path}: name it <dataset>.v<N>.json")
        alias = f"{case}-{match['dataset']}"
        specs.append(IndexSpec(alias, f"{alias}-v{match['version']}", json.loads(path.read_text())))
    return tuple(specs)
