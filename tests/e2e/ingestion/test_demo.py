"""The README is true: its walkthrough shows what the text promises, and its examples read the tables."""

from __future__ import annotations

import re
import subprocess
import sys

import httpx
import pytest

from tests.stack import ROOT

README = (ROOT / "services" / "ingestion" / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


def test_the_walkthrough_of_the_readme_shows_what_it_promises(query: httpx.Client) -> None:
    command = [sys.executable, "-m", "infra.walkthrough", "ingestion"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("example", EXAMPLES, ids=["polars on S3", "DuckDB on HDFS"])
def test_the_examples_of_the_readme_read_the_tables(query: httpx.Client, example: str) -> None:
    done = subprocess.run([sys.executable, "-c", example], cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    assert "#demo" in done.stdout or "ada" in done.stdout or "│" in done.stdout
