"""Files are read, sent at their pace and recomputed; what is wrong with one is said in a sentence."""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.ingestion.replay.__main__ import TOLD_REJECTIONS, _send
from services.ingestion.replay.check import LAYERS, Expected, differences, expected
from services.ingestion.replay.files import DataError, File, read_files
from services.ingestion.replay.pace import _happened, pace
from shared.progress import Progress
from tests.unit.ingestion.tickets import TICKETS

EDIT: dict[str, Any] = {"time": "2015-09-12T00:46:58.771Z", "page": "Talk", "user": "Ada", "added": 36, "isNew": False, "cityName": None}
CHANGE: dict[str, Any] = {"meta": {"id": "x1", "dt": "2026-01-01T00:00:00Z"}, "title": "Talk", "type": "edit", "bot": False}
SOURCES = {"tickets": TICKETS, "seats": msgspec.structs.replace(TICKETS, name="seats", fields={"time": "string", "row": "integer"})}


def lines(*events: Any) -> list[bytes]:
    return [json.dumps(event).encode() for event in events]


def file(*events: Any, source: str = "wikipedia-edits") -> File:
    place, name = ("time", None) if source == "wikipedia-edits" else ("meta.dt", "meta.id")
    return File(Path("edits.json"), source, lines(*events), place, name)


def test_every_file_goes_to_the_source_that_knows_most_of_its_fields(tmp_path: Path) -> None:
    (tmp_path / "b.ndjson").write_bytes(b'{"time": "2026-01-01T00:00:00Z", "row": 1}\r\n\n{"broken": 1}')
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(b'{"time": "2026-01-01T00:00:00Z", "film": "Faust", "seat": 1}'))
    (tmp_path / "README.txt").write_text("not this")
    first, second = read_files(tmp_path, SOURCES)
    assert (first.path.name, first.source, len(first.lines)) == ("a.json.gz", "tickets", 1)
    assert (second.path.name, second.source, second.lines[1]) == ("b.ndjson", "seats", b'{"broken": 1}')


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.json", b"", "one JSON object a line"),
        ("a.json", b"\n\n", "one JSON object a line"),
        ("a.json", b"time,film\n", "one JSON object a line"),
        ("a.json", b'{"film": "\xff"}', "one JSON object a line"),
        ("a.json", b"[" * 100_000, "one JSON object a line"),
        ("a.json", b'{"time": "2026-01-01T00:00:00Z"}\n\n{"time": \n', "line 2"),
        ("a.json", b'{"time": "2026-01-01T00:00:00Z"}\n{} {}\n', "line 2"),
        ("a.json.gz", b"{}", "one JSON object a line"),
        ("a.json.gz", gzip.compress(b"{}")[:-9], "one JSON object a line"),
        ("a.json", b'[{"time": "2026-01-01T00:00:00Z"}]', "no declared source"),
        ("a.json", b'{"film": "Faust"}', "no declared source"),
        ("a.csv", b"{}", "holds no file"),
    ],
)
def test_what_cannot_be_replayed_is_told_with_its_file(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=reason):
        read_files(tmp_path, SOURCES)


def test_what_is_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no folder"):
        read_files(tmp_path / "nothing", SOURCES)


@pytest.mark.parametrize("rate", ["max", "100000", "1000000x"])
def test_at_any_pace_every_line_is_sent_once_in_its_order_and_never_too_many_together(rate: str) -> None:
    given = file(*(EDIT | {"added": n} for n in range(95)))

    async def batches() -> list[list[bytes]]:
        return [batch async for batch in pace(rate)(given, 10)]

    sent = asyncio.run(batches())
    assert [line for batch in sent for line in batch] == given.lines
    assert max(map(len, sent)) <= 10


def test_no_line_is_sent_before_it_is_due() -> None:
    async def times() -> list[float]:
        loop = asyncio.get_running_loop()
        started = loop.time()
        return [loop.time() - started async for batch in pace("50")(file(EDIT, EDIT, EDIT, EDIT), 10) for _ in batch]

    assert all(time >= number / 50 for number, time in enumerate(asyncio.run(times())))


def test_lines_are_due_as_they_happened_never_back_in_time_and_one_without_a_time_with_the_one_before() -> None:
    seconds = [10, 12, 11, None, 16]
    events = [EDIT | {"time": second and f"2026-01-01T00:00:{second}Z"} for second in seconds]
    assert _happened(file(*events), 2) == [0, 1, 1, 1, 3]


@pytest.mark.parametrize("text", ["", "fast", "0", "-1", "0x", "inf", "nan", "1e400", "x"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        pace(text)


class Said(Progress):
    def __init__(self) -> None:
        self.sentences: list[str] = []

    def say(self, text: str) -> None:
        self.sentences.append(text)

    def update(self, text: str) -> None: ...


class Ingest:
    """Refuses these items of every call."""

    def __init__(self, refused: Callable[[int], list[int]]) -> None:
        self._refused = refused
        self.calls: list[int] = []

    async def post(self, path: str, body: list[Any]) -> Any:
        self.calls.append(len(body))
        refused = self._refused(len(self.calls))
        rejected = [{"line": line, "detail": "why"} for line in refused]
        return {"accepted": len(body) - len(rejected), "rejected": rejected, "rejected_more": 0}


def test_rejected_lines_are_told_by_their_number_in_the_file_and_a_few_of_them_only() -> None:
    said, ingest = Said(), Ingest(lambda call: [3, 4] if call == 1 else list(range(1, 40)))
    given = file(*(EDIT | {"added": n} for n in range(2500)))
    assert not asyncio.run(_send(given, pace("max"), ingest, said))  # type: ignore[arg-type]
    told = [sentence for sentence in said.sentences if "rejected: " in sentence]
    assert told[:3] == [f"  rejected: edits.json line {line}: why" for line in (3, 4, 1001)]
    assert len(told) == TOLD_REJECTIONS
    assert "2,420 accepted, 80 rejected" in said.sentences[-2]


def test_a_file_of_which_all_is_accepted_is_sound() -> None:
    assert asyncio.run(_send(file(EDIT), pace("max"), Ingest(lambda call: []), Said()))  # type: ignore[arg-type]


def test_distinct_events_are_counted_by_each_field_of_text() -> None:
    other = EDIT | {"time": "2015-09-12T00:46:59Z", "user": "Ben", "cityName": "Graz"}
    backwards = dict(reversed(EDIT.items()))
    (found,) = expected([file(EDIT, other, backwards, EDIT)])
    assert (found.source, found.events) == ("wikipedia-edits", 2)
    assert found.counts == {
        "time": {EDIT["time"]: 1, other["time"]: 1},
        "page": {"Talk": 2},
        "user": {"Ada": 1, "Ben": 1},
        "cityName": {"Graz": 1},
    }


def test_where_events_have_ids_the_first_of_each_counts() -> None:
    (found,) = expected([file(CHANGE, CHANGE | {"title": "Other"}, source="wikimedia-recentchange")])
    assert (found.events, found.counts["title"]) == (1, {"Talk": 1})


def test_files_of_one_source_are_counted_together_since_their_windows_overlap() -> None:
    early, late = EDIT | {"time": "2015-09-11T00:00:00Z"}, EDIT | {"time": "2015-09-13T00:00:00Z"}
    edits, changes = expected([file(early, late), file(CHANGE, source="wikimedia-recentchange"), file(EDIT, late)])
    assert (edits.events, changes.events) == (3, 1)
    assert edits.window == {"from": "2015-09-11T00:00:00+00:00", "to": "2015-09-13T00:00:00.000002+00:00"}


def test_the_window_holds_the_last_event_however_fine_its_time_and_whatever_its_offset() -> None:
    (found,) = expected([file(EDIT | {"time": "2026-01-01T01:00:00.9999996+01:00"})])
    assert found.window == {"from": "2026-01-01T01:00:00.999999+01:00", "to": "2026-01-01T01:00:01.000001+01:00"}


def test_what_can_be_no_event_is_left_out_since_the_door_has_told_of_it() -> None:
    bad = [EDIT | {"time": None}, EDIT | {"time": "then"}, EDIT | {"time": "2015-09-12T00:00:00"}, {"page": "Talk"}, [], 1, "x"]
    (found,) = expected([file(*bad, EDIT)])
    assert found.events == 1
    (odd,) = expected([file(EDIT | {"page": 7, "user": ["Ada"]})])
    assert (odd.events, odd.counts.keys()) == (1, {"time"})
    assert expected([file(*bad)]) == []


class Query:
    """Answers as layers that hold these counts."""

    def __init__(self, wanted: Expected, **more: int) -> None:
        self._wanted = wanted
        self._more = more

    async def get(self, path: str, **query: Any) -> Any:
        if "reconciliation" in path:
            return {layer: self._wanted.events + self._more.get(layer, 0) for layer in LAYERS}
        field, layer = query["by"], query["layer"]
        items = [{"value": value, "count": count + self._more.get(layer, 0)} for value, count in self._wanted.counts[field].items()]
        return {"total": self._wanted.events + self._more.get(layer, 0), "items": items}


def test_a_layer_that_counts_otherwise_is_told_with_its_fields() -> None:
    (wanted,) = expected([file(EDIT)])
    assert asyncio.run(differences(wanted, Query(wanted))) == []
    first, *fields = asyncio.run(differences(wanted, Query(wanted, hdfs=1)))
    assert first == "wikipedia-edits: hdfs holds 2 events, the files 1"
    assert "hdfs by page: total 2, 1 values differ: ['Talk']" in fields[1]
    assert len(fields) == len(wanted.counts)
