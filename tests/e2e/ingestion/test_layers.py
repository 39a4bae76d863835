"""What passes the door is in every layer, once: replayed twice, sent again, late, with new fields, from a file, and however odd it is."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.ingestion.contracts.lake import EVENT_ID, Layer, lake
from shared.settings import ServiceSettings
from shared.testing import eventually
from tests.stack import ROOT

WITHIN = 60.0
LAYERS = ("speed", "s3", "hdfs")
SOURCE = "/v1/sources/wikipedia-edits"
_DAYS = iter(random.SystemRandom().sample(range(1000), 1000))


@pytest.fixture
def a_day() -> Callable[[], datetime]:
    """Each is of this test's own, long ago, and before those of a run of faults (from 1975 on): what others send does not count."""
    return lambda: datetime(1971, 1, 1, tzinfo=UTC) + timedelta(days=next(_DAYS))


@pytest.fixture
def day(a_day: Callable[[], datetime]) -> datetime:
    return a_day()


@pytest.fixture
def edit(day: datetime) -> Callable[..., dict[str, Any]]:
    seconds = count()

    def make(**more: Any) -> dict[str, Any]:
        time = (day + timedelta(seconds=next(seconds))).isoformat().replace("+00:00", "Z")
        return {"time": time, "channel": "#test", "page": "A page", "user": "ada", "added": 1} | more

    return make


def send(ingest: httpx.Client, events: list[dict[str, Any]]) -> dict[str, Any]:
    answer = ingest.post(f"{SOURCE}/events", json=events)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def window(day: datetime) -> dict[str, str]:
    return {"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat()}


def reconciled(query: httpx.Client, day: datetime) -> dict[str, int]:
    answer = query.get(f"{SOURCE}/reconciliation", params=window(day))
    assert answer.status_code == 200, answer.text
    return {layer: answer.json()[layer] for layer in LAYERS}


def counts(query: httpx.Client, day: datetime, by: str, layer: str) -> dict[Any, int]:
    answer = query.get(f"{SOURCE}/counts", params={"by": by, "layer": layer, "limit": 1000} | window(day))
    assert answer.status_code == 200, answer.text
    return {item["value"]: item["count"] for item in answer.json()["items"]}


def everywhere(number: int) -> dict[str, int]:
    return dict.fromkeys(LAYERS, number)


def test_a_folder_that_is_replayed_twice_counts_in_every_layer_as_its_files_do(
    query: httpx.Client, edit: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    edits = [edit(page=f"Page {n % 7}", user=f"user-{n % 5}", isRobot=n % 2 == 0) for n in range(600)]
    edits += edits[:50]
    (tmp_path / "edits.ndjson.gz").write_bytes(gzip.compress("\n".join(json.dumps(each) for each in edits).encode()))
    for _ in range(2):
        command = [sys.executable, "-m", "services.ingestion.replay", "--data-dir", str(tmp_path)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "600 events in each layer, equal to the files by time, channel, page, user" in done.stdout


def test_the_same_event_written_otherwise_is_the_same_event(
    ingest: httpx.Client, query: httpx.Client, edit: Callable[..., dict[str, Any]], day: datetime
) -> None:
    event = edit(comment="once")
    turned = dict(reversed(event.items()))
    assert send(ingest, [event, turned])["accepted"] == 2
    body = json.dumps(event, indent=1).replace("\n", " ").encode()
    assert ingest.post(f"{SOURCE}/events", content=body, headers={"content-type": "application/x-ndjson"}).json()["accepted"] == 1
    send(ingest, [edit(comment="another")])
    eventually(lambda: reconciled(query, day) == everywhere(2), within=WITHIN)


def test_an_event_that_comes_late_is_in_its_own_day(
    ingest: httpx.Client, query: httpx.Client, edit: Callable[..., dict[str, Any]], day: datetime, a_day: Callable[[], datetime]
) -> None:
    its = a_day()
    send(ingest, [edit(), edit(time=its.isoformat())])
    eventually(lambda: reconciled(query, day) == everywhere(1), within=WITHIN)
    eventually(lambda: reconciled(query, its) == everywhere(1), within=WITHIN)


def test_a_field_that_is_new_is_a_column_everywhere(
    ingest: httpx.Client, query: httpx.Client, edit: Callable[..., dict[str, Any]], day: datetime
) -> None:
    name = f"mood_{uuid4().hex[:8]}"
    send(ingest, [edit(), edit(**{name: "merry"}), edit(**{name: "merry"}), edit(**{name: 7})])
    for layer in LAYERS:
        eventually(lambda layer=layer: counts(query, day, name, layer) == {"merry": 2, "7": 1}, within=WITHIN)  # type: ignore[misc]


HOSTILE: list[Any] = [
    *("x" * 40_000, "\N{PILE OF POO}" * 9000, "a\u202eb", "<script>", "'; DROP TABLE edits; --", "\ufeff", "\x7f", "", " ", "null", "NaN"),
    *(10**18, -(2**63), 2**64 - 1, 1e308, -1.5e-300, 0.1, [], {}, [[[[1]]]], {"": {"": ""}}, {"a.b": {"c": 1}}, {".": 1, "..": 2}),
    *([1, "two", None, {"three": 3}], {"a": None}, True, {"x" * 255: "x" * 8000}),
]


@pytest.fixture
def hostile(edit: Callable[..., dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Each value where nothing is declared, where JSON is, in a name, and in the text that is searched."""
    yield [edit(extra=value) for value in HOSTILE] + [edit(comment=value) for value in HOSTILE if isinstance(value, str)]


def test_what_passes_the_door_is_in_every_layer_however_odd_it_is(
    ingest: httpx.Client, query: httpx.Client, hostile: list[dict[str, Any]], day: datetime
) -> None:
    odd_names = [
        {"time": hostile[0]["time"], name: "x"} for name in ("", " ", "a b", "CHANNEL", "_day", "$schema", "x" * 255, "a\tb", "é", "1")
    ]
    answer = send(ingest, hostile + odd_names)
    assert answer["accepted"] + len(answer["rejected"]) == len(hostile) + len(odd_names)
    assert answer["accepted"] > len(hostile) * 0.8
    eventually(lambda: reconciled(query, day) == everywhere(answer["accepted"]), within=WITHIN)


def append(*events: dict[str, Any]) -> None:
    """To the file that the connector reads."""
    folder = Path(os.environ["STACK_DIR"]) / "data" / "ingestion-files"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "wikipedia-edits.ndjson").open("a") as file:
        file.write("".join(f"{json.dumps(event)}\n" for event in events))


def test_lines_that_are_appended_to_the_connectors_file_are_events(
    query: httpx.Client, edit: Callable[..., dict[str, Any]], day: datetime
) -> None:
    append(edit(), {"no": "time"}, edit())
    eventually(lambda: reconciled(query, day) == everywhere(2), within=WITHIN)


def test_a_line_that_is_far_too_long_stops_nothing_that_follows_in_the_file(
    query: httpx.Client, edit: Callable[..., dict[str, Any]], day: datetime
) -> None:
    append(edit(), edit(comment="x" * 9_000_000), edit())
    eventually(lambda: reconciled(query, day) == everywhere(2), within=WITHIN)


def test_a_row_of_a_table_knows_its_place_in_the_log(
    ingest: httpx.Client, query: httpx.Client, edit: Callable[..., dict[str, Any]], day: datetime
) -> None:
    send(ingest, [edit(), edit()])
    eventually(lambda: reconciled(query, day) == everywhere(2), within=WITHIN)
    for layer in Layer:
        table = lake(layer, ServiceSettings()).open("wikipedia-edits")
        assert table is not None
        rows = table.to_pyarrow_table(filters=[("_day", "=", day.date())]).to_pylist()
        assert len({row[EVENT_ID] for row in rows}) == 2
        assert all(row["_partition"] >= 0 and row["_offset"] >= 0 and row["_day"] == day.date() for row in rows)


def test_an_important_event_is_found_once_however_often_it_is_sent(
    ingest: httpx.Client, query: httpx.Client, edit: Callable[..., dict[str, Any]]
) -> None:
    page = f"Important {uuid4().hex}"
    event = edit(page=page, added=5000)
    for _ in range(3):
        send(ingest, [event, edit(page=page, added=4999)])

    def found() -> list[str]:
        items = query.get(f"{SOURCE}/important", params={"limit": 1000}).json()["items"]
        return [item["rule"] for item in items if item["data"].get("page") == page]

    eventually(lambda: found() == ["large-addition"], within=WITHIN)
