from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clock import from_rfc3339, now, to_micros, to_rfc3339

MICROS = st.integers(to_micros(datetime.min.replace(tzinfo=UTC)), to_micros(datetime.max.replace(tzinfo=UTC)))
"""From the year 1 to the year 9999."""


@given(MICROS)
def test_every_time_comes_back_exactly(micros: int) -> None:
    assert from_rfc3339(to_rfc3339(micros)) == micros


@given(st.datetimes(timezones=st.timezones()))
def test_a_datetime_of_any_zone_is_the_same_moment(moment: datetime) -> None:
    assert to_micros(moment) == to_micros(datetime.fromisoformat(moment.isoformat()))


@given(MICROS)
def test_text_sorts_as_time_does_within_the_same_form(micros: int) -> None:
    whole = micros - micros % 1_000_000
    if whole + 1_000_000 <= to_micros(datetime.max.replace(tzinfo=UTC)):
        assert to_rfc3339(whole) < to_rfc3339(whole + 1_000_000)


@pytest.mark.parametrize(
    ("micros", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000001Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (1_767_225_600_250_000, "2026-01-01T00:00:00.250000Z"),
    ],
)
def test_times_are_written_in_utc_with_microseconds_where_there_are_any(micros: int, text: str) -> None:
    assert to_rfc3339(micros) == text


def test_an_offset_is_taken_into_account() -> None:
    assert from_rfc3339("2026-01-01T01:00:00+01:00") == from_rfc3339("2026-01-01T00:00:00Z")


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00", "2026-01-01", "yesterday", ""])
def test_a_time_without_an_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_rfc3339(text)


def test_now_is_the_systems_time_in_microseconds() -> None:
    assert abs(now() / 1e6 - time.time()) < 5
