"""Which events come in, under which id, and that nothing comes in that a layer could not hold."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from services.ingestion.contracts.door import DEEPEST, LONGEST_NAME, MOST_BYTES, Door, RefusedError
from services.ingestion.contracts.events import EventCollected
from services.ingestion.contracts.sources import Source
from tests.unit.ingestion.tickets import DAY, NOON, TICKET, TICKETS, clock

OWN_IDS = msgspec.structs.replace(TICKETS, id="sale.id")
LONGEST_DOCUMENT_ID = 512
"""Bytes: what Elasticsearch takes."""


def admit(event: Any, source: Source = TICKETS) -> EventCollected:
    return Door(source, clock).admit(event if isinstance(event, bytes) else json.dumps(event).encode())


def refusal(event: Any, source: Source = TICKETS) -> str:
    with pytest.raises(RefusedError) as error:
        admit(event, source)
    return str(error.value)


def with_literal(name: str, literal: str) -> bytes:
    return json.dumps(TICKET | {name: "@"}).replace('"@"', literal).encode()


def nested(depth: int) -> dict[str, Any]:
    """An event of so many levels."""
    inner: Any = "seat"
    for level in range(depth - 1):
        inner = [inner] if level % 2 else {"a": inner}
    return TICKET | {"extra": inner}


def test_an_event_comes_in_as_it_is_with_its_key_and_its_time() -> None:
    event = admit(TICKET)
    assert json.loads(bytes(event.data)) == TICKET
    assert (event.source, event.key, event.occurred_at) == ("tickets", "Metropolis", NOON)


def test_the_same_content_has_the_same_id_however_it_is_written() -> None:
    plain = json.dumps(TICKET)
    backwards = json.dumps(dict(reversed(TICKET.items())), indent=3)
    escaped = plain.replace("M", "\\u004d").replace("12.5", "125e-1")
    (item,) = msgspec.json.decode(f"[ {plain} ]".encode(), type=list[msgspec.Raw])
    events = [admit(plain.encode()), admit(backwards.encode()), admit(escaped.encode()), Door(TICKETS, clock).admit(item)]
    assert len({(event.event_id, bytes(event.data)) for event in events}) == 1


def test_of_a_name_that_is_there_twice_the_last_counts() -> None:
    twice = json.dumps(TICKET).replace('"film"', '"film": "Faust", "film"').encode()
    assert admit(twice) == admit(TICKET)


def test_other_content_and_another_source_make_another_id() -> None:
    ids = [admit(TICKET | {"seat": seat}).event_id for seat in range(3)]
    ids += [admit(TICKET | {"extra": value}).event_id for value in (1, 1.0, "1", True, None, [1])]
    ids += [admit(TICKET, msgspec.structs.replace(TICKETS, name="sales")).event_id]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("given", "expected"), [("sale-1", "sale-1"), (17, "17"), (-3, "-3"), ("Füße 1", "Füße 1"), ("x" * 400, "x" * 400)]
)
def test_an_id_of_its_own_stays(given: Any, expected: str) -> None:
    first = admit(TICKET | {"sale": {"id": given}}, OWN_IDS)
    assert first.event_id == expected
    assert admit(TICKET | {"sale": {"id": given}, "seat": 9}, OWN_IDS).event_id == expected


@pytest.mark.parametrize(
    "given", [None, "", True, 1.5, [], {}, "a\nb", "a\u202eb", "x" * 401, pytest.param(10**400, id="an integer of 401 digits")]
)
def test_what_is_no_id_is_refused_where_the_source_has_ids(given: Any) -> None:
    assert "sale.id is no id" in refusal(TICKET | {"sale": {"id": given}}, OWN_IDS)
    assert "sale.id is no id" in refusal(TICKET | {"sale": given}, OWN_IDS)


def test_an_id_is_never_longer_than_a_document_s_may_be() -> None:
    for character in ("x", "ü", "映", "\N{PILE OF POO}"):
        longest = 0
        for length in range(1, 500):
            try:
                longest = len(admit(TICKET | {"sale": {"id": character * length}}, OWN_IDS).event_id.encode())
            except RefusedError:
                break
        assert 60 < longest <= LONGEST_DOCUMENT_ID - 65, character


@pytest.mark.parametrize(
    ("text", "micros"),
    [
        ("2026-01-01T12:00:00Z", NOON),
        ("2026-01-01T13:30:00.000001+01:30", NOON + 1),
        ("2026-01-01T12:00:00.0000015Z", NOON + 2),
        ("1970-01-01T00:00:00Z", 0),
        ("2026-01-02T12:00:00Z", NOON + DAY),
    ],
)
def test_a_time_has_any_offset_and_is_at_most_a_day_ahead(text: str, micros: int) -> None:
    assert admit(TICKET | {"time": text}).occurred_at == micros


@pytest.mark.parametrize(
    ("time", "reason"),
    [
        (None, "no time"),
        (1767268800, "no time"),
        ({"at": "2026-01-01T12:00:00Z"}, "no time"),
        ("yesterday", "no RFC 3339 time"),
        ("2026-01-01", "no RFC 3339 time"),
        ("2026-01-01T12:00:00", "no RFC 3339 time"),
        ("2026-02-30T12:00:00Z", "no RFC 3339 time"),
        ("2026-W01-4T12:00:00Z", "no RFC 3339 time"),
        ("9999-12-31T23:59:59.9999999Z", "no RFC 3339 time"),
        ("1969-12-31T23:59:59Z", "from 1970"),
        ("0001-01-01T00:00:00+23:59", "from 1970"),
        ("9999-12-31T23:59:59-23:59", "to April 2262"),
        ("2026-01-02T12:00:00.000001Z", "over a day ahead"),
    ],
)
def test_without_a_time_that_can_be_an_event_is_refused(time: Any, reason: str) -> None:
    untyped = msgspec.structs.replace(TICKETS, fields={})
    assert reason in refusal(TICKET | {"time": time}, untyped)
    assert "no time" in refusal({"film": "Faust"}, untyped)


def test_a_declared_field_may_be_absent_or_null_but_is_never_of_another_type() -> None:
    for name in TICKETS.fields.keys() - {"time", "buyer"}:
        admit({key: value for key, value in TICKET.items() if key != name})
        admit(TICKET | {name: None})
        for wrong in (True, "x", 1, 1.0, 1.5, [], {}):
            if TICKETS.fields[name] == {bool: "boolean", str: "string", int: "integer"}.get(type(wrong)) or (
                name == "price" and type(wrong) in (int, float)
            ):
                admit(TICKET | {name: wrong})
            else:
                assert f"tickets declares it as {TICKETS.fields[name]}" in refusal(TICKET | {name: wrong})
    for anything in (None, True, "x", 1, 1.5, [1, "x"], {"a": {}}):
        admit(TICKET | {"buyer": anything})


@pytest.mark.parametrize("literal", [str(2**63), str(-(2**63) - 1), "1" + "0" * 40])
def test_a_declared_integer_has_64_bits_and_any_other_may_be_as_large_as_it_is(literal: str) -> None:
    assert "declares it as integer" in refusal(with_literal("seat", literal))
    assert json.loads(bytes(admit(with_literal("extra", literal)).data))["extra"] == int(literal)
    assert json.loads(bytes(admit(with_literal("price", literal)).data))["price"] == int(literal)


@pytest.mark.parametrize("literal", ["1e999", "-1e999", "NaN", "Infinity", "01", "+1", ".5", "9" * 5000])
def test_what_no_number_can_hold_is_refused(literal: str) -> None:
    for name in ("seat", "price", "extra"):
        assert "no JSON" in refusal(with_literal(name, literal))


@pytest.mark.parametrize("text", ["\0", "a\0b", "\\u0000\0"])
def test_a_text_with_u_0000_is_refused_wherever_it_stands(text: str) -> None:
    for event in ({"film": text}, {"extra": [{"a": text}]}, {text: 1}, {"extra": {text: 1}}):
        assert "U+0000" in refusal(TICKET | event)
    admit(TICKET | {"film": "a\\u0000b", "extra": "\\\\u0000"})


@pytest.mark.parametrize(
    "text",
    [b"", b" ", b"{", b"[]", b"1", b"null", b'"x"', b"{}{}", b"\xef\xbb\xbf{}", b'{"a":"\xff"}', b'{"a":"\\ud800"}', b'{"\\udfff":1}',
     b"{'a': 1}", b"[" * 200_000, b'{"a":' * 50_000, b"\x00", b'{"a": 1,}'],
)  # fmt: skip
def test_what_is_no_json_object_is_refused(text: bytes) -> None:
    assert "it is no JSON" in refusal(text)


def test_an_event_is_as_deep_as_the_index_takes_and_no_deeper() -> None:
    admit(nested(DEEPEST))
    assert "nested deeper" in refusal(nested(DEEPEST + 1))
    assert "nested deeper" in refusal(nested(500))


def test_a_name_may_be_long_and_not_longer_at_any_depth() -> None:
    for wrap in (lambda named: named, lambda named: {"a": [named]}):
        admit(TICKET | wrap({"n" * LONGEST_NAME: 1}))
        assert "is longer than" in refusal(TICKET | wrap({"n" * (LONGEST_NAME + 1): 1}))


def test_an_event_is_bounded_as_it_came_and_as_it_is_written_out() -> None:
    admit(TICKET | {"extra": "x" * (MOST_BYTES - 1000)})
    assert "bytes: " in refusal(TICKET | {"extra": "x" * MOST_BYTES})
    assert "bytes: " in refusal(json.dumps(TICKET).encode() + b" " * MOST_BYTES)
    assert "bytes written out" in refusal(with_literal("extra", f"[{'1e15,' * (MOST_BYTES // 7)}1]"))


@pytest.mark.parametrize(("film", "keyed"), [("Faust", True), ("", False), (None, False)])
def test_without_a_key_an_event_is_kept_in_order_by_its_id(film: str | None, keyed: bool) -> None:
    event = admit(TICKET | {"film": film})
    assert event.key == (film if keyed else event.event_id)
    assert admit(TICKET, msgspec.structs.replace(TICKETS, key=None)).key == admit(TICKET).event_id
