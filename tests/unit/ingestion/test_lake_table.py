"""A table holds each event once, whoever writes, crashes, or reads again; on Delta tables in a folder."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from services.ingestion.contracts.events import EventCollected
from services.ingestion.contracts.topics import EVENTS
from services.ingestion.lake_writer.handler import LakeHandler
from services.ingestion.lake_writer.store import LakeTable
from shared.consumer.handler import Record
from shared.stores import StoreUnavailableError
from shared.stores.lake import Lake
from tests.unit.ingestion.lake_folder import Crash, Writer, places, rows
from tests.unit.ingestion.tickets import DAY, NOON, TICKETS, collected, record

Records = list[Record[EventCollected]]


def test_each_event_is_a_row_with_its_place(tmp_path: Path) -> None:
    Writer(tmp_path).append(record(collected("a"), 4), record(collected("b"), 9, 1), record(collected("c"), 5))
    assert places(tmp_path) == [("a", 0, 4), ("c", 0, 5), ("b", 1, 9)]


def test_what_comes_again_changes_nothing_alone_or_in_other_company(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    first = [record(collected(f"e{offset}", seat=offset), offset) for offset in range(10)]
    writer.append(*first[:6])
    writer.append(*first)
    writer.append(*first[3:5])
    writer.append()
    assert places(tmp_path) == [(f"e{offset}", 0, offset) for offset in range(10)]
    assert rows(tmp_path)["seat"].to_list() == list(range(10))


def test_of_several_events_with_one_id_the_first_stands(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.append(record(collected("a", seat=1), 0), record(collected("a", seat=2), 1))
    writer.append(record(collected("a", seat=3), 2), record(collected("b", seat=4), 3), record(collected("a", seat=5), 0, 1))
    assert places(tmp_path) == [("a", 0, 0), ("b", 0, 3)]
    assert rows(tmp_path)["seat"].to_list() == [1, 4]


def test_what_comes_late_is_in_its_own_day(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    writer.append(record(collected("a"), 0), record(collected("b", at=NOON - 400 * DAY), 1))
    writer.append(record(collected("c", at=0), 2))
    assert sorted(path.name for path in (tmp_path / "lake" / "tickets").glob("_day=*")) == [
        "_day=1970-01-01",
        "_day=2024-11-27",
        "_day=2026-01-01",
    ]
    assert rows(tmp_path)["_day"].cast(pl.String).to_list() == ["2026-01-01", "2024-11-27", "1970-01-01"]


def test_a_crash_between_the_commit_and_the_index_repeats_nothing(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    batch = [record(collected("a"), 0), record(collected("b"), 1), record(collected("b"), 0, 1)]
    writer.seen.crash = True
    with pytest.raises(Crash):
        writer.append(*batch)
    assert len(places(tmp_path)) == 2
    writer.append(*batch, record(collected("a"), 2), record(collected("c"), 3))
    assert places(tmp_path) == [("a", 0, 0), ("b", 0, 1), ("c", 0, 3)]


def test_an_index_that_was_lost_is_filled_again_from_the_table(tmp_path: Path) -> None:
    Writer(tmp_path).append(record(collected("a"), 0), record(collected("b"), 7, 1))
    after = Writer(tmp_path)
    after.append(record(collected("a"), 0), record(collected("a"), 1), record(collected("b"), 8, 1), record(collected("c"), 2))
    assert places(tmp_path) == [("a", 0, 0), ("c", 0, 2), ("b", 1, 7)]


def test_an_index_of_another_table_counts_for_nothing(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    batch = [record(collected("a"), 0), record(collected("b"), 1)]
    writer.append(*batch)
    shutil.rmtree(tmp_path / "lake")
    writer.table = LakeTable(Lake(str(tmp_path / "lake")), TICKETS, EVENTS.name, writer.seen)
    writer.append(*batch)
    assert places(tmp_path) == [("a", 0, 0), ("b", 0, 1)]


def test_a_table_that_was_made_anew_under_a_running_writer_gets_all_that_is_read_again(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    batch = [record(collected(f"e{offset}"), offset) for offset in range(4)]
    for each in batch:
        writer.append(each)
    shutil.rmtree(tmp_path / "lake")
    Writer(tmp_path).append(record(collected("x"), 0, 1))
    for _ in range(2):
        try:
            writer.append(*batch)
            break
        except StoreUnavailableError:
            continue
    assert places(tmp_path) == [(f"e{offset}", 0, offset) for offset in range(4)] + [("x", 1, 0)]


def test_a_writer_that_is_behind_is_refused_and_then_exact(tmp_path: Path) -> None:
    frozen, successor = Writer(tmp_path), Writer(tmp_path)
    frozen.append(record(collected("a"), 0))
    rest = [record(collected("b"), 1), record(collected("c"), 2)]
    frozen.seen.before_commit = lambda: successor.append(rest[0])
    with pytest.raises(StoreUnavailableError):
        frozen.append(*rest)
    assert places(tmp_path) == [("a", 0, 0), ("b", 0, 1)]
    frozen.append(*rest)
    assert places(tmp_path) == [("a", 0, 0), ("b", 0, 1), ("c", 0, 2)]


def test_writers_of_other_partitions_do_not_stand_in_each_other_s_way(tmp_path: Path) -> None:
    one, other = Writer(tmp_path), Writer(tmp_path)
    one.append(record(collected("a"), 0))
    one.seen.before_commit = lambda: other.append(record(collected("x"), 0, 1))
    one.append(record(collected("b"), 1))
    assert places(tmp_path) == [("a", 0, 0), ("b", 0, 1), ("x", 1, 0)]


def test_what_another_has_written_in_between_is_known_when_a_partition_comes_back(tmp_path: Path) -> None:
    one, other = Writer(tmp_path), Writer(tmp_path)
    one.append(record(collected("a"), 0))
    other.append(record(collected("b"), 1), record(collected("a"), 2), record(collected("c"), 3))
    one.append(record(collected("c"), 3), record(collected("b"), 4), record(collected("d"), 5))
    assert places(tmp_path) == [("a", 0, 0), ("b", 0, 1), ("c", 0, 3), ("d", 0, 5)]


def test_two_writers_that_meet_a_new_field_make_one_column_whatever_its_case(tmp_path: Path) -> None:
    one, other = Writer(tmp_path), Writer(tmp_path)
    one.append(record(collected("a"), 0))
    other.append(record(collected("b"), 0, 1))
    one.append(record(collected("c", hall="x"), 1))
    other.append(record(collected("d", HALL="y"), 1, 1), record(collected("e", hall="z"), 2, 1))
    one.append(record(collected("f", hall="w"), 2))
    table = rows(tmp_path)
    assert "HALL" not in table.columns
    assert table["hall"].to_list() == [None, "x", "w", None, None, "z"]
    assert table["_rest"].to_list() == [None, None, None, None, '{"HALL":"y"}', None]


def test_two_writers_that_meet_new_fields_at_the_same_time_lose_none(tmp_path: Path) -> None:
    one, other = Writer(tmp_path), Writer(tmp_path)
    one.append(record(collected("a"), 0))
    one.seen.before_commit = lambda: other.append(record(collected("b", HALL="y", row=1), 0, 1))
    batch = [record(collected("c", hall="x", row=2), 1)]
    try:
        one.append(*batch)
    except StoreUnavailableError:
        one.append(*batch)
    table = rows(tmp_path)
    assert (table["HALL"].to_list(), table["row"].to_list()) == ([None, None, "y"], [None, "2", "1"])
    assert table["_rest"].to_list() == [None, '{"hall":"x"}', None]


def test_a_field_that_is_declared_otherwise_later_stops_no_writer(tmp_path: Path) -> None:
    Writer(tmp_path, {"seat": "integer"}).append(record(collected("a", seat=1, hall="x"), 0))
    Writer(tmp_path, {"hall": "integer"}).append(record(collected("b", seat="two", hall=2), 1))
    Writer(tmp_path, {"seat": "string", "hall": "string"}).append(record(collected("c", seat="three", hall="y"), 2))
    Writer(tmp_path, {"seat": "number"}).append(record(collected("d", seat=8.5), 3), record(collected("e", seat=4), 4))
    table = rows(tmp_path)
    assert table["seat"].to_list() == [1, None, None, None, 4]
    assert table["hall"].to_list() == ["x", "2", "y", None, None]
    assert table["_rest"].to_list() == [None, '{"seat":"two"}', '{"seat":"three"}', '{"seat":8.5}', None]


def test_while_the_lake_is_away_it_says_so_and_the_same_batch_goes_in_later(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    (tmp_path / "lake").write_text("no folder")
    with pytest.raises(StoreUnavailableError, match="lake"):
        writer.append(record(collected("a"), 0))
    (tmp_path / "lake").unlink()
    writer.append(record(collected("a"), 0))
    assert places(tmp_path) == [("a", 0, 0)]


def test_a_writer_whose_index_is_gone_waits_for_a_table_whose_ids_cannot_be_read(tmp_path: Path) -> None:
    batch = [record(collected("a"), 0), record(collected("b"), 1)]
    Writer(tmp_path).append(*batch)
    away = {path: path.rename(tmp_path / path.name) for path in (tmp_path / "lake").rglob("*.parquet")}
    writer = Writer(tmp_path)
    with pytest.raises(StoreUnavailableError, match="lake"):
        writer.append(*batch)
    for path, elsewhere in away.items():
        elsewhere.rename(path)
    writer.append(*batch, record(collected("c"), 2))
    assert places(tmp_path) == [("a", 0, 0), ("b", 0, 1), ("c", 0, 2)]


def test_an_index_that_is_broken_is_not_the_lake_s_to_wait_for(tmp_path: Path) -> None:
    def broken() -> None:
        raise Exception("Corruption: block checksum mismatch")  # as rocksdict says it

    writer = Writer(tmp_path)
    writer.seen.before_commit = broken
    with pytest.raises(Exception, match=r"^Corruption") as raised:
        writer.append(record(collected("a"), 0))
    assert raised.type is Exception


def test_each_event_goes_to_its_source_s_table_and_one_of_no_source_to_the_dead_letters() -> None:
    written: dict[str, Records] = {"tickets": [], "seats": []}

    class Table:
        def __init__(self, name: str) -> None:
            self._name = name

        def append(self, records: Sequence[Record[EventCollected]]) -> None:
            written[self._name] += records

    batch = [record(collected(str(offset), source), offset) for offset, source in enumerate(["tickets", "seats", "films", "tickets"])]
    rejections = list(LakeHandler({name: Table(name) for name in written}).handle(batch))
    assert written == {"tickets": [batch[0], batch[3]], "seats": [batch[1]]}
    assert [(rejection.record, "films" in rejection.reason) for rejection in rejections] == [(batch[2], True)]
