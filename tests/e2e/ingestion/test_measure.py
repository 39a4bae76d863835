"""The measuring run counts its own events, whoever else sends some."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from services.ingestion.contracts.lake import Layer
from services.ingestion.editors.domain import SOURCE
from tests.stack import ROOT


@pytest.fixture
def others(ingest: httpx.Client) -> Iterator[list[int]]:
    """Send an event every twentieth of a second, of now, for as long as the test takes."""
    accepted, ended = [0], threading.Event()

    def send() -> None:
        while not ended.wait(0.05):
            edit: dict[str, Any] = {"time": datetime.now(UTC).isoformat(), "channel": "#others", "page": "Elsewhere", "user": "Eve"}
            accepted[0] += ingest.post(f"/v1/sources/{SOURCE}/events", json=[edit]).json()["accepted"]

    thread = threading.Thread(target=send)
    thread.start()
    yield accepted
    ended.set()
    thread.join()


def test_a_measuring_run_ends_and_is_exact_although_others_go_on_sending(others: list[int]) -> None:
    command = [sys.executable, "-m", "loadtests.ingestion.measure", "--events", "3000", "--rate", "1500"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False).stdout
    assert others[0] > 0
    for layer in ("speed", *Layer):
        assert f"{layer:6}      3,000 of 3,000 events" in said
