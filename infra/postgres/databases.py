"""What cases declare of their databases: `services/<case>/postgres/database.yaml` and the SQL files beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from infra.local.errors import StackError


@dataclass(frozen=True)
class Role:
    """Somebody who may enter a database; `variable` holds the address, credentials included."""

    name: str
    password: str
    variable: str
    replication: bool = False


@dataclass(frozen=True)
class Database:
    """One database of one case, with its roles, the SQL that makes its tables (in order, idempotent) and its replication slots."""

    case: str
    name: str
    roles: tuple[Role, ...]
    scripts: tuple[Path, ...]
    slots: tuple[str, ...] = ()

    def url(self, role: Role, port: int) -> str:
        """The address of the role on the server that the launcher runs."""
        name, password, database = (quote(text, safe="") for text in (role.name, role.password, self.name))
        return f"postgresql://{name}:{password}@127.0.0.1:{port}/{database}"


def load_databases(root: Path) -> tuple[Database, ...]:
    """The databases of all cases of a checkout. StackError names the file that cannot be used."""
    return tuple(_load(path) for path in sorted(root.glob("services/*/postgres/database.yaml")))


def load_database(case_dir: Path) -> Database | None:
    """The database of one case; None where it declares none."""
    path = case_dir / "postgres" / "database.yaml"
    return _load(path) if path.is_file() else None


def _load(path: Path) -> Database:
    try:
        document: dict[str, Any] = yaml.safe_load(path.read_text())
        return Database(
            case=path.parents[1].name,
            name=document["database"],
            roles=tuple(Role(**entry) for entry in document["roles"]),
            scripts=tuple(sorted(path.parent.glob("*.sql"))),
            slots=tuple(document.get("slots", ())),
        )
    except (AttributeError, KeyError, TypeError, ValueError, yaml.YAMLError) as error:
        raise StackError(f"{path} cannot be used: {error!r}.") from error
