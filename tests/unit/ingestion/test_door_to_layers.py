"""What passes the door is a document and a row, and what did not go through it stops no reader."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.ingestion.contracts.door import RefusedError
from services.ingestion.contracts.events import EventCollectedCodec
from services.ingestion.elasticsearch_sink.domain import Documents
from services.ingestion.important_filter.domain import ImportantFilter
from services.ingestion.lake_writer.domain import Columns
from shared.serialization import UnreadableError
from tests.unit.ingestion.test_door import admit
from tests.unit.ingestion.tickets import TICKET, TICKETS

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([*TICKETS.fields, "Film", "FILM", "_event_id", "_rest", "class", "sale", "a b", "", "x" * 64]) | TEXTS
TIMES = st.sampled_from(["2026-01-01T12:00:00Z", "1970-01-01T00:00:00Z", "2026-01-01t12:00:00.9999999+23:59", "then"])
EVENTS = st.dictionaries(NAMES, VALUES, max_size=6)


def same(one: Any, other: Any) -> bool:
    """As JSON: a boolean is no number, and 1.0 is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@given(EVENTS, TIMES)
@example({"seat": 2**63 - 1, "price": -(2**70), "film": "\u2028", "x" * 64: {"": []}}, "2026-01-01T12:00:00Z")
def test_whatever_passes_is_the_same_value_a_document_and_a_row(given: dict[str, Any], time: str) -> None:
    text = json.dumps(given | {"time": time}).encode()
    try:
        event = admit(text)
    except RefusedError:
        return
    assert same(json.loads(bytes(event.data)), json.loads(text))
    codec = EventCollectedCodec()
    assert codec.decode(codec.encode(event)) == event
    document = json.loads(bytes(Documents(TICKETS).document(event)))
    assert same(document["data"], given | {"time": time})
    assert document["text"] == (given.get("film") or "")
    (row,) = Columns(TICKETS.fields).frame([(event, 3, 17)]).to_dicts()
    for name, value in json.loads(text).items():
        assert value is None or holds(row, name, value), (name, value, row)


def holds(row: dict[str, Any], name: str, value: Any) -> bool:
    """Whether a row has this value of its event, in the column of its name or among the rest."""
    rest = json.loads(row["_rest"] or "{}")
    if name in rest:
        return same(rest[name], value)
    match TICKETS.fields.get(name):
        case "number":
            return bool(row[name] == float(value))
        case "json":
            return same(json.loads(row[name]), value)
        case None if type(value) is not str:
            return same(json.loads(row[name]), value)
    return same(row[name], value)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_is_admitted_or_refused_and_never_anything_else(text: bytes) -> None:
    try:
        assert type(json.loads(bytes(admit(text).data))) is dict
    except RefusedError as error:
        assert str(error)


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"event_id":"a","source":"s","key":"k","occurred_at":1,"data":[]}',
        b'{"event_id":1,"source":"s","key":"k","occurred_at":1,"data":{}}',
        b'{"event_id":"a","source":"s","key":"k","occurred_at":1,"data":{]}',
        b'{"event_id":"a","source":"s","key":"k","occurred_at":1,"data":{"a":"\xff"}}',
        b'{"event_id":"a","source":"s","key":"k","occurred_at":1,"data":{"a":"\\ud800"}}',
        b'{"event_id":"a","source":"s","key":"k","occurred_at":1,"data":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_001,
        b'{"event_id":"a","source":"s","key":"k","occurred_at":-1,"data":{}}',
        b'{"event_id":"a","source":"s","key":"k","occurred_at":9223372036854776,"data":{}}',
        b'{"event_id":"a","source":"s","key":"k","occurred_at":1.5,"data":{}}',
    ],
    ids=range(14),
)
def test_what_is_no_envelope_cannot_be_read(value: bytes | None) -> None:
    with pytest.raises(UnreadableError):
        EventCollectedCodec().decode(value)


@pytest.mark.parametrize("number", ["1e999", "9" * 5000])
def test_a_number_that_nothing_can_hold_stops_no_reader_though_it_never_went_through_the_door(number: str) -> None:
    data = f'{{"film":"Faust","price":{number}}}'
    event = EventCollectedCodec().decode(b'{"event_id":"a","source":"tickets","key":"k","occurred_at":1,"data":%s}' % data.encode())
    table = Columns(TICKETS.fields).frame([(event, 0, 7), (admit(TICKET), 0, 8)])
    assert (table["_rest"].to_list(), table["film"].to_list()) == ([data, None], [None, "Metropolis"])
    assert ImportantFilter({"tickets": TICKETS}).transition(None, event) == (None, ())
    assert bytes(Documents(TICKETS).document(event)).endswith(data.encode() + b"}")
