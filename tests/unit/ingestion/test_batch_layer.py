"""The questions to a lake, on Delta tables in a folder that a lake-writer has written; and that keeping them changes no answer."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.ingestion.contracts.sources import Source
from services.ingestion.lake_keeper.store import MANY_FILES, Kept, keep
from services.ingestion.query_api.domain import Counts
from services.ingestion.query_api.store import BatchLayer
from shared.stores import StoreUnavailableError
from shared.stores.lake import Lake
from shared.window import Window, window
from tests.unit.ingestion.lake_folder import Writer
from tests.unit.ingestion.tickets import DAY, NOON, TICKETS, collected, record

EVER = Window()
EVENTS = [
    collected("a", film="Faust", seat=1, price=1.5, online=True, hall="x", value="v", events="e"),
    collected("b", at=NOON + 1, film="Golem", seat=2, price=1e20, online=False, hall=7, value="v"),
    collected("c", at=NOON + DAY, film="Faust", seat=1, online=False, hall="7", rows=[1]),
    collected("d", at=NOON - DAY, film="O'\"Neill"),
]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    Writer(tmp_path).append(*(record(event, offset) for offset, event in enumerate(EVENTS)))
    return Lake(str(tmp_path / "lake"))


def counts(lake: Lake, by: str, window: Window = EVER, limit: int = 10, source: Source = TICKETS) -> Counts:
    return asyncio.run(BatchLayer(lake).counts(source, by, window, limit))


def items(lake: Lake, by: str, **more: Any) -> list[tuple[Any, int]]:
    return [(item.value, item.count) for item in counts(lake, by, **more).items]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("film", [("Faust", 2), ("Golem", 1), ("O'\"Neill", 1)]),
        ("seat", [(1, 2), (2, 1)]),
        ("price", [(1.5, 1), (1e20, 1)]),
        ("online", [(False, 2), (True, 1)]),
        ("hall", [("7", 2), ("x", 1)]),
        ("value", [("v", 2)]),
        ("events", [("e", 1)]),
        ("rows", [("[1]", 1)]),
        ("nobody", []),
    ],
)
def test_events_are_counted_by_a_field_most_first_then_by_value(lake: Lake, by: str, expected: list[Any]) -> None:
    assert counts(lake, by).total == 4
    assert items(lake, by) == expected
    assert [type(value) for value, _ in items(lake, by)] == [type(value) for value, _ in expected]


def test_a_limit_cuts_where_equals_would_come_next(lake: Lake) -> None:
    assert items(lake, "film", limit=2) == [("Faust", 2), ("Golem", 1)]


@pytest.mark.parametrize(
    ("start", "end", "ids"),
    [
        (None, None, "abcd"),
        ("2026-01-01T12:00:00Z", None, "abc"),
        ("2026-01-01T12:00:00.000001Z", None, "bc"),
        ("2026-01-01T12:00:00.000002Z", None, "c"),
        (None, "2026-01-01T12:00:00.000001Z", "ad"),
        ("2026-01-01T13:00:00.000001+01:00", "2026-01-01T13:00:00.000002+01:00", "b"),
        ("2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z", "c"),
        ("2026-01-01T12:00:00Z", "2026-01-01T12:00:00Z", ""),
        ("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "abcd"),
        ("1600-01-01T00:00:00Z", "1970-01-01T00:00:00Z", ""),
        ("2300-01-01T00:00:00Z", None, ""),
    ],
)
def test_a_window_is_exact_to_the_microsecond_and_may_be_as_wide_as_times_are(
    lake: Lake, start: str | None, end: str | None, ids: str
) -> None:
    asked = window(start, end)
    assert asyncio.run(BatchLayer(lake).held(TICKETS, asked)) == counts(lake, "film", asked).total == len(ids)


def test_a_table_that_nobody_has_written_yet_is_empty_and_is_found_once_it_is_there(tmp_path: Path) -> None:
    layer = BatchLayer(Lake(str(tmp_path / "lake")))
    assert asyncio.run(layer.counts(TICKETS, "film", Window(), 10)) == Counts(0, [])
    assert asyncio.run(layer.held(TICKETS, Window())) == 0
    writer = Writer(tmp_path)
    for offset in range(2):
        writer.append(record(EVENTS[offset], offset))
        assert asyncio.run(layer.held(TICKETS, Window())) == offset + 1


def test_what_a_column_held_before_its_field_was_declared_is_counted_as_the_text_that_it_is(lake: Lake) -> None:
    redeclared = msgspec.structs.replace(TICKETS, fields=TICKETS.fields | {"hall": "integer", "film": "boolean"})
    assert items(lake, "hall", source=redeclared) == [(7, 2), ("x", 1)]
    assert items(lake, "film", source=redeclared)[0] == ("Faust", 2)


def test_a_lake_that_cannot_be_read_says_so(lake: Lake) -> None:
    for path in Path(lake.root).rglob("*.parquet"):
        path.unlink()
    with pytest.raises(StoreUnavailableError, match="lake"):
        counts(lake, "film")


def test_keeping_joins_small_files_removes_the_old_ones_and_changes_no_answer(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    lake = Lake(str(tmp_path / "lake"))
    assert keep(lake, "tickets", 1) is None
    for offset in range(MANY_FILES + 1):
        writer.append(
            record(collected(str(offset), film="Faust"), offset), record(collected(f"x{offset}", at=NOON - offset * DAY), offset, 1)
        )
    before = counts(lake, "film"), counts(lake, "film", Window(NOON, None))
    kept = keep(lake, "tickets", 1)
    assert kept == Kept(2 * MANY_FILES + 1, MANY_FILES + 1, 0), "within the retention no file is removed"
    assert (counts(lake, "film"), counts(lake, "film", Window(NOON, None))) == before
    assert keep(lake, "tickets", 1) is None
    assert (keep(lake, "tickets", 0) or Kept(0, 0, 0)).removed == MANY_FILES + 1
    writer.append(record(collected("0"), 0), record(collected("y"), 99))
    assert asyncio.run(BatchLayer(lake).held(TICKETS, Window())) == 2 * MANY_FILES + 3


def test_a_lake_that_takes_calls_and_never_answers_is_away() -> None:
    """HDFS's native client has no time limit: a NameNode that is frozen held whoever asked for as long as it was."""

    async def ask(lake: Lake) -> None:
        layer = BatchLayer(lake, answer_seconds=0.05)
        for _ in range(4):
            with pytest.raises(StoreUnavailableError, match="no answer"):
                await layer.held(TICKETS, EVER)

    with socket.create_server(("127.0.0.1", 0)) as frozen:
        asyncio.run(ask(Lake(f"hdfs://127.0.0.1:{frozen.getsockname()[1]}/lake")))
