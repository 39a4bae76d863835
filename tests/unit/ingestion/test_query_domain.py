"""Cursors come back as they were given or not at all, and values have the types of their fields."""

from __future__ import annotations

import base64
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingestion.query_api.domain import Cursor, QuestionError, from_text, to_text, typed
from shared.clock import to_rfc3339
from tests.unit.ingestion.tickets import NOON

NOON_TEXT = "2026-01-01T12:00:00Z"


@given(st.integers(0, 2**53), st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=50))
def test_a_cursor_comes_back_as_it_was_given(micros: int, event_id: str) -> None:
    cursor = Cursor(to_rfc3339(micros % 9_223_372_036_854_775), event_id)
    assert from_text(to_text(cursor)) == cursor


def forged(*parts: Any) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


FORGED = ["x", "====", "ü", "\0", forged(), forged(NOON_TEXT), forged(NOON_TEXT, 1), forged("yesterday", "a"), forged(NOON, "a"),
    forged("9999-12-31T23:59:59Z", "a"), forged("1969-12-31T23:59:59Z", "a"), forged("0001-01-01T00:00:00+23:59", "a"),
    forged("9999-12-31T23:59:59-23:59", "a"), base64.urlsafe_b64encode(b'["' + NOON_TEXT.encode() + b'","\\ud800"]').decode(),
    base64.urlsafe_b64encode(b"[" * 5000).decode(), base64.urlsafe_b64encode(b"\xff\xfe").decode()]  # fmt: skip


@pytest.mark.parametrize("cursor", FORGED, ids=range(len(FORGED)))
def test_a_cursor_that_was_never_given_is_refused(cursor: str) -> None:
    with pytest.raises(QuestionError, match="from no answer"):
        from_text(cursor)


@given(st.text(max_size=30) | st.binary(max_size=30).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
def test_whatever_comes_as_a_cursor_is_one_or_is_refused(text: str) -> None:
    try:
        assert isinstance(from_text(text), Cursor)
    except QuestionError as error:
        assert str(error)


@pytest.mark.parametrize(
    "time", ["2026-01-01t12:00:00z", "2026-01-01 12:00:00Z", "2026-01-01T13:00:00+01:00", "2026-01-01T12:00:00.0000001Z"]
)
def test_the_time_of_a_cursor_is_written_as_the_index_reads_it(time: str) -> None:
    assert from_text(forged(time, "a")) == Cursor(NOON_TEXT, "a")


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("7", "integer", 7),
        ("-9223372036854775808", "integer", -(2**63)),
        ("1.5", "number", 1.5),
        ("1e20", "number", 1e20),
        ("true", "boolean", True),
        ("false", "boolean", False),
        ("7", "string", "7"),
        ("seven", "integer", "seven"),
        ("1.5", "integer", "1.5"),
        ("nan", "number", "nan"),
        ("cheap", "number", "cheap"),
        ("yes", "boolean", "yes"),
    ],
)
def test_a_value_has_the_type_of_its_field_or_stays_the_text_that_came_in_before_it_was_declared(text: str, type_: Any, value: Any) -> None:
    found = typed(text, type_)
    assert (found, type(found)) == (value, type(value))
    json.dumps(found, allow_nan=False)
