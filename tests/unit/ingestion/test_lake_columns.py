"""The columns of a table: what is declared is typed, what is new becomes a column of text, and no value is lost or stops the writer."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingestion.contracts.events import EventCollected
from services.ingestion.contracts.lake import OWN
from services.ingestion.lake_writer.domain import MOST_COLUMNS, Columns
from tests.unit.ingestion.tickets import DAY, NOON, TICKETS, collected


def frame(columns: Columns, *events: EventCollected) -> pl.DataFrame:
    return columns.frame([(event, 2, offset) for offset, event in enumerate(events, 100)])


def columns(**existing: str) -> Columns:
    return Columns(TICKETS.fields, existing)


def raw(text: bytes) -> EventCollected:
    return EventCollected("e", "tickets", "e", NOON, msgspec.Raw(text))


def test_a_row_has_its_event_s_id_time_and_day_and_its_place_in_the_log() -> None:
    table = frame(columns(), collected("a", at=NOON + 1), collected("b", at=NOON - DAY))
    assert table.select(OWN).rows() == [
        ("a", pl.Series([NOON + 1]).cast(pl.Datetime("us", "UTC"))[0], pl.Series([20454]).cast(pl.Date)[0], 2, 100, None),
        ("b", pl.Series([NOON - DAY]).cast(pl.Datetime("us", "UTC"))[0], pl.Series([20453]).cast(pl.Date)[0], 2, 101, None),
    ]


def test_declared_fields_have_their_types_and_absent_ones_are_null() -> None:
    table = frame(columns(), collected("a", film="Faust", seat=2**63 - 1, price=9, online=False, buyer={"b": [1, None]}), collected("b"))
    assert table.schema == columns().schema
    assert table.drop(OWN).to_dicts() == [
        {"time": None, "film": "Faust", "seat": 2**63 - 1, "price": 9.0, "online": False, "buyer": '{"b":[1,null]}'},
        dict.fromkeys(TICKETS.fields),
    ]


def test_a_new_field_is_a_column_of_text_for_all_rows_of_its_batch_and_those_after() -> None:
    grown = columns()
    values = ["x", 5, 1.5, True, None, [1, "a"], {"b": None}, "5", "[1]", ""]
    table = frame(grown, collected("a"), *(collected(str(i), hall=value) for i, value in enumerate(values)))
    assert table["hall"].to_list() == [None, "x", "5", "1.5", "true", None, '[1,"a"]', '{"b":null}', "5", "[1]", ""]
    later = frame(grown, collected("b", hall='"quoted"'), collected("c"), collected("d", hall=None))
    assert later["hall"].to_list() == ['"quoted"', None, None]
    assert later.schema == grown.schema == table.schema


def test_what_can_be_no_column_stays_in_the_rest() -> None:
    given = {"a b": 1, "_rest": 2, "_event_id": "x", "ü": 3, "1st": 4, "": 5, "x" * 64: 6, "row\n": 7}
    table = frame(columns(), collected("a", **given, hall=1))
    assert json.loads(table["_rest"][0]) == given
    assert table.columns == [*columns().schema, "hall"]


def test_names_that_differ_in_case_only_are_one_column_and_the_other_stays_in_the_rest() -> None:
    grown = columns()
    table = frame(grown, collected("a", Film="Faust", film="Metropolis", hall=1), collected("b", HALL=2, hall=3), collected("c", SEAT="x"))
    assert (table["film"].to_list(), table["hall"].to_list()) == (["Metropolis", None, None], ["1", "3", None])
    assert [rest and json.loads(rest) for rest in table["_rest"]] == [{"Film": "Faust"}, {"HALL": 2}, {"SEAT": "x"}]
    assert not {"Film", "HALL", "SEAT"} & set(table.columns)


def test_a_table_has_so_many_columns_and_no_more() -> None:
    grown = columns()
    table = frame(grown, *(collected(str(i), **{f"seat{i}": i}) for i in range(MOST_COLUMNS + 50)))
    assert table.width == len(grown.schema) == MOST_COLUMNS
    rests = [json.loads(rest) for rest in table["_rest"] if rest]
    assert len(rests) == 50 + len(columns().schema)
    assert rests[-1] == {f"seat{MOST_COLUMNS + 49}": MOST_COLUMNS + 49}


@pytest.mark.parametrize("name", ["class", "None", "def", "self", "mro", "namespace", "value", "data", "x" * 63])
def test_any_name_that_a_table_takes_is_a_column(name: str) -> None:
    grown = columns()
    assert [frame(grown, collected("a", **{name: value}))[name][0] for value in (1, "x")] == ["1", "x"]
    assert frame(Columns({name: "integer"}), collected("a", **{name: 1}))[name][0] == 1


@pytest.mark.parametrize(
    ("name", "literal"),
    [
        ("seat", "9223372036854775808"),
        ("seat", "-9223372036854775809"),
        ("seat", "1" + "0" * 50),
        ("seat", '"7"'),
        ("seat", "true"),
        ("seat", "1.5"),
        ("seat", "[1]"),
        ("price", '"cheap"'),
        ("price", "true"),
        ("film", "7"),
        ("film", '{"a":1}'),
        ("online", "1"),
        ("online", '"true"'),
    ],
)
def test_what_came_in_before_its_field_was_declared_stays_in_the_rest(name: str, literal: str) -> None:
    table = frame(columns(), raw(b'{"time":"then","%s":%s}' % (name.encode(), literal.encode())), collected("b"))
    assert table[name].to_list() == [None, None]
    assert json.loads(table["_rest"][0]) == {name: json.loads(literal)}
    assert table["time"][0] == "then"


@pytest.mark.parametrize(
    ("stored", "declared", "value", "kept", "rest"),
    [
        ("string", "integer", 7, "7", None),
        ("string", "number", 1.5, "1.5", None),
        ("string", "boolean", True, "true", None),
        ("string", "json", [1], "[1]", None),
        ("string", None, {"a": 1}, '{"a":1}', None),
        ("long", "string", "seven", None, "seven"),
        ("long", "number", 8.5, None, 8.5),
        ("long", "boolean", True, None, True),
        ("long", "json", {"a": 1}, None, {"a": 1}),
        ("long", None, "seven", None, "seven"),
        ("long", None, 7, 7, None),
        ("double", "integer", 7, 7.0, None),
        ("double", None, "x", None, "x"),
        ("boolean", "string", "true", None, "true"),
        ("boolean", None, False, False, None),
    ],
)
def test_a_column_keeps_the_type_that_it_has_in_the_table_whatever_is_declared_since(
    stored: str, declared: Any, value: Any, kept: Any, rest: Any
) -> None:
    table = frame(Columns({"hall": declared} if declared else {}, {"hall": stored}), collected("a", hall=value), collected("b"))
    assert table["hall"].to_list() == [kept, None]
    assert type(table["hall"][0]) is type(kept)
    assert json.loads(table["_rest"][0] or "{}") == ({} if rest is None else {"hall": rest})


def test_a_field_that_is_declared_as_a_column_of_other_case_stays_in_the_rest() -> None:
    grown = Columns({"hall": "integer"}, {"Hall": "string"})
    table = frame(grown, collected("a", hall=1, Hall="x"))
    assert (table.columns, table["Hall"][0], table["_rest"][0]) == ([*OWN, "Hall"], "x", '{"hall":1}')


ROWS = st.dictionaries(
    st.sampled_from([*TICKETS.fields, "hall", "HALL", "a b", "row"]),
    st.none() | st.booleans() | st.integers(-(2**65), 2**65) | st.text("x1", max_size=2) | st.lists(st.integers(0, 1), max_size=1),
    max_size=5,
)


@given(st.lists(st.lists(ROWS, min_size=1, max_size=4), min_size=1, max_size=3))
def test_whatever_the_fields_of_each_batch_every_row_comes_out_with_the_same_schema(batches: list[list[dict[str, Any]]]) -> None:
    grown = columns()
    for batch in batches:
        table = frame(grown, *(collected(str(i), **data) for i, data in enumerate(batch)))
        assert table.schema == grown.schema
        assert table["_offset"].to_list() == list(range(100, 100 + len(batch)))
        for row, data in zip(table.to_dicts(), batch, strict=True):
            somewhere = {name for name in data if data[name] is not None}
            found = {name for name in row if row[name] is not None and name not in OWN} | json.loads(row["_rest"] or "{}").keys()
            assert somewhere <= found
