"""BACKWARD: a reader with today's schema reads what was written with the one before.

`Before` is the schema of the last commit where the file has changed since, otherwise that of the commit before the one that changed it
last. Apicurio's own checker is asked in tests/integration/shared.
"""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from typing import Any

import fastavro
import pytest
from fastavro.utils import generate_many

from tests.contract.test_contracts import ROOT

SCHEMAS = sorted(ROOT.glob("services/*/contracts/*.avsc"))


def backward_violation(before: dict[str, Any], now: dict[str, Any]) -> str | None:
    """None where random records of `before` can be read with `now`, otherwise the reader's complaint."""
    writer, reader = fastavro.parse_schema(before), fastavro.parse_schema(now)
    for record in generate_many(writer, 50):
        buffer = io.BytesIO()
        fastavro.schemaless_writer(buffer, writer, record)
        buffer.seek(0)
        try:
            fastavro.schemaless_reader(buffer, writer, reader)
        except Exception as error:  # fastavro raises whatever resolution leads to
            return repr(error)
    return None


def git(*arguments: str) -> str:
    done = subprocess.run(("git", "-C", str(ROOT), *arguments), capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        raise LookupError(done.stderr)
    return done.stdout


def schema_before(path: Path) -> dict[str, Any] | None:
    """None for a schema in its first version. Raises LookupError without git history."""
    name = path.relative_to(ROOT).as_posix()
    commits = git("log", "--format=%H", "-n", "2", "--", name).split()
    today = json.loads(path.read_text())
    for commit in commits:
        committed: dict[str, Any] = json.loads(git("show", f"{commit}:{name}"))
        if committed != today:
            return committed
    return None


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_schema_reads_what_the_one_before_wrote(path: Path) -> None:
    try:
        before = schema_before(path)
    except (LookupError, FileNotFoundError) as error:
        pytest.skip(f"no git history to compare with: {error}")
    if before is not None:
        assert backward_violation(before, json.loads(path.read_text())) is None


def record(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": "TicketSold", "fields": [{"name": "event_id", "type": "string"}, *fields]}


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (record(), record({"name": "seat", "type": "string"})),
        (record({"name": "seat", "type": "string"}), record({"name": "seat", "type": "int"})),
        (record({"name": "seat", "type": ["null", "string"]}), record({"name": "seat", "type": "string"})),
    ],
    ids=["new field without default", "other type", "no longer null"],
)
def test_an_incompatible_change_is_found(before: dict[str, Any], now: dict[str, Any]) -> None:
    assert backward_violation(before, now)


def test_a_new_field_with_a_default_is_compatible() -> None:
    assert backward_violation(record(), record({"name": "seat", "type": ["null", "string"], "default": None})) is None
