"""The connectors that a case declares: `services/<case>/connect/<name>.json`, filled with the addresses of the stack.

`${VARIABLE}` is a variable of the stack, `${VARIABLE.part}` a part of the address in it (host, port, user, password, database, origin).
What stands in `secrets.properties` beside them is filled in the same way and kept in a file that the worker reads: a connector says
`${file:${CONNECT_SECRETS}/<case>.properties:<key>}`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from infra.connect.rest import Connect, ConnectorStatus
from infra.local.errors import StackError
from infra.registry.schemas import registry_client

_PLACEHOLDER = re.compile(r"\$\{([A-Z][A-Z0-9_]*)(?:\.([a-z]+))?\}")
_START_SECONDS = 90.0


@dataclass(frozen=True)
class Connector:
    """One connector, as Connect is to have it; `full_subjects` are the registry's subjects whose schemas it may change only so that
    old readers read new records and new readers old ones."""

    name: str
    config: dict[str, str]
    full_subjects: tuple[str, ...] = ()


def fill(text: str, env: Mapping[str, str], source: Path) -> str:
    """The text with its placeholders filled; StackError where a variable is missing."""

    def value(match: re.Match[str]) -> str:
        name, part = match.groups()
        if not env.get(name):
            raise StackError(f"{source.name} names {match[0]}, and {name} is not set: name the component that sets it in stack.yaml.")
        return _part(env[name], part) if part else env[name]

    return _PLACEHOLDER.sub(value, text)


def _part(address: str, part: str) -> str:
    url = urlsplit(address)
    parts = {
        "host": url.hostname or "",
        "port": str(url.port or 5432),
        "user": unquote(url.username or ""),
        "password": unquote(url.password or ""),
        "database": unquote(url.path.lstrip("/")),
        "origin": f"{url.scheme}://{url.netloc.rpartition('@')[2]}",
    }
    return parts[part]


def secrets_folder(stack_dir: Path) -> Path:
    """Where the worker finds passwords; for the owner only."""
    return stack_dir / "config" / "connect" / "secrets"


def load_connectors(case_dir: Path, env: Mapping[str, str]) -> list[Connector]:
    """The connectors of a case, filled. StackError names a file that cannot be used."""
    known = {**env, "CONNECT_SECRETS": str(secrets_folder(Path(env["STACK_DIR"])))}
    return [_load(path, case_dir.name, known) for path in sorted((case_dir / "connect").glob("*.json"))]


def _load(path: Path, case: str, env: Mapping[str, str]) -> Connector:
    try:
        document = json.loads(path.read_text())
        config = {name: fill(str(value), env, path) for name, value in document["config"].items()}
        return Connector(f"{case}-{path.stem}", config, tuple(document.get("full_compatibility", ())))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StackError(f"{path} cannot be used: {error!r}.") from error


def write_secrets(case_dir: Path, env: Mapping[str, str]) -> None:
    """Fill the case's secrets.properties into the folder that the worker reads; nothing where the case has none."""
    template = case_dir / "connect" / "secrets.properties"
    if not template.exists():
        return
    # As a .properties file is read: a backslash there would be an escape.
    text = fill(template.read_text(), env, template).replace("\\", "\\\\")
    folder = secrets_folder(Path(env["STACK_DIR"]))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{case_dir.name}.properties"
    path.touch(mode=0o600)
    path.write_text(text)


def apply(env: Mapping[str, str], case_dir: Path, say: Callable[[str], None]) -> None:
    """Make Connect's connectors as declared, and return when they run. Never deletes one.

    StackError where Connect refuses one, or where one does not run within a minute and a half.
    """
    write_secrets(case_dir, env)
    connectors = load_connectors(case_dir, env)
    try:
        with Connect(env["CONNECT_URL"]) as connect:
            for connector in connectors:
                _apply(connect, env, connector, say)
            for connector in connectors:
                _await(connect, connector.name)
    except httpx.HTTPError as error:
        raise StackError(f"The connectors could not be applied: {error}.") from error


def _apply(connect: Connect, env: Mapping[str, str], connector: Connector, say: Callable[[str], None]) -> None:
    _bind_schemas(env, connector)
    current = connect.config(connector.name)
    wanted = {"name": connector.name, **connector.config}
    if current != wanted:
        connect.configure(connector.name, connector.config)
        say(f"connect: {'created' if current is None else 'changed'} the connector {connector.name}")
        return
    status = connect.status(connector.name)
    if status and status.failed:
        # Somebody has mended what it failed of, and runs `up` again.
        connect.restart(connector.name)


def _bind_schemas(env: Mapping[str, str], connector: Connector) -> None:
    if not connector.full_subjects:
        return
    if not env.get("SCHEMA_REGISTRY_URL"):
        raise StackError(f"The connector {connector.name} binds schemas in the registry: name 'registry' in stack.yaml.")
    with registry_client(env) as registry:
        for subject in connector.full_subjects:
            registry.set_compatibility(subject, "FULL")


def _await(connect: Connect, name: str) -> None:
    until = time.monotonic() + _START_SECONDS
    status: ConnectorStatus | None = None
    while time.monotonic() < until:
        status = connect.status(name)
        if status and status.running:
            return
        time.sleep(0.2)
    reason = status.reason if status and status.failed else "Connect has not started its task"
    raise StackError(f"The connector {name} does not run: {reason}")
