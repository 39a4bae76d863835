"""Reads services/<case>/stack.yaml: which processes a case has and which parts of infra it needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from infra.local.errors import StackError

INSTANCE_STRIDE = 20
"""Instance k of a service listens on its port + 20 k, so that a case's block of ten ports holds its first instances."""


@dataclass(frozen=True)
class Service:
    """One service of a case; `instances` processes of `python -m module`."""

    case: str
    name: str
    module: str
    port: int
    instances: int = 1
    page: bool = False
    nice: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of this service alone: what tells apart two services of one module."""

    @property
    def port_variable(self) -> str:
        return f"{self.case}_{self.name}_port".replace("-", "_").upper()

    @property
    def instances_variable(self) -> str:
        """Set by the user, it wins over `instances`."""
        return f"{self.case}_{self.name}_instances".replace("-", "_").upper()

    @property
    def port_offsets(self) -> tuple[int, ...]:
        return tuple(INSTANCE_STRIDE * k for k in range(self.instances))


@dataclass(frozen=True)
class Case:
    """One case: a folder of `services/`."""

    name: str
    folder: Path
    infra: tuple[str, ...]
    """Each component after those on which its declarations build: a connector is refused before its database is there."""
    services: tuple[Service, ...] = field(default=())


def case_names(root: Path) -> list[str]:
    """The cases that have a stack.yaml, sorted."""
    return sorted(path.parent.name for path in root.glob("services/*/stack.yaml"))


def load_case(root: Path, name: str) -> Case:
    """Read and check one stack.yaml; StackError names the file and the field that is wrong."""
    path = root / "services" / name / "stack.yaml"
    if not path.is_file():
        known = ", ".join(case_names(root)) or "none yet"
        raise StackError(f"There is no case {name!r}: services/{name}/stack.yaml does not exist (cases: {known}).")
    document = yaml.safe_load(path.read_text())
    try:
        services = tuple(_service(name, entry) for entry in document.get("services") or ())
        return Case(name, path.parent, tuple(document["infra"]), services)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StackError(f"services/{name}/stack.yaml cannot be used: {error!r}.") from error


def _service(case: str, entry: dict[str, Any]) -> Service:
    unknown = set(entry) - {"name", "module", "port", "instances", "page", "nice", "environment"}
    if unknown:
        raise ValueError(f"unknown field {sorted(unknown)[0]!r} in service {entry.get('name')!r}")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", entry["name"]):
        raise ValueError(f"service name {entry['name']!r} is not of small letters, digits and hyphens")
    return Service(
        case=case,
        name=entry["name"],
        module=entry["module"],
        port=int(entry["port"]),
        instances=int(entry.get("instances", 1)),
        page=bool(entry.get("page", False)),
        nice=int(entry.get("nice", 0)),
        environment={name: str(value) for name, value in (entry.get("environment") or {}).items()},
    )
