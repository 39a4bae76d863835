"""The README is true: its walkthrough shows what the text promises, and its examples read the tables."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import timedelta

import httpx
import pytest

from shared.testing import eventually
from tests.e2e.ingestion.edits import Edits
from tests.stack import ROOT

README = (ROOT / "services" / "ingestion" / "README.md").read_text()
NDJSON = {"content-type": "application/x-ndjson"}
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_walkthrough_of_the_readme_shows_what_it_promises(query: httpx.Client) -> None:
    command = [sys.executable, "-m", "infra.walkthrough", "ingestion"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def tables(ingest: httpx.Client, query: httpx.Client) -> None:
    """There is something to read in them, whichever test comes first."""
    edits = Edits()
    answer = ingest.post("/v1/sources/wikipedia-edits/events", content=edits.line(added=1, isRobot=False), headers=NDJSON)
    assert answer.status_code == 202, answer.text
    second = {"from": edits.second.isoformat(), "to": (edits.second + timedelta(seconds=1)).isoformat()}

    def held() -> dict[str, int]:
        answer = query.get("/v1/sources/wikipedia-edits/reconciliation", params=second)
        assert answer.status_code == 200, answer.text
        return {layer: answer.json()[layer] for layer in ("s3", "hdfs")}

    eventually(lambda: held() == {"s3": 1, "hdfs": 1}, within=60)


@pytest.mark.parametrize("example", EXAMPLES, ids=["polars on S3", "DuckDB on HDFS"])
@pytest.mark.usefixtures("tables")
def test_the_examples_of_the_readme_read_the_tables(example: str) -> None:
    done = subprocess.run([sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    assert "#demo" in done.stdout or "ada" in done.stdout or "│" in done.stdout
