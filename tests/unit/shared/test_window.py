from __future__ import annotations

import pytest

from shared.window import InvalidWindowError, window

NOON = 1_483_272_000_000_000


@pytest.mark.parametrize(
    "text", ["yesterday", "2017-01-01", "2017-01-01T12:00:00", "1483272000", "", "2017-13-01T00:00:00Z", "2017-01-01T12:00:00 00:00"]
)
def test_a_bound_that_is_no_rfc_3339_time_is_named(text: str) -> None:
    with pytest.raises(InvalidWindowError, match=r"^from: "):
        window(text, None)
    with pytest.raises(InvalidWindowError, match=r"^to: "):
        window(None, text)


def test_bounds_may_have_any_offset_and_may_be_equal() -> None:
    assert window("2017-01-01T13:00:00+01:00", "2017-01-01T12:00:00Z") == (NOON, NOON)


def test_from_after_to_is_refused() -> None:
    with pytest.raises(InvalidWindowError, match="is after to"):
        window("2017-01-01T12:00:00.000001Z", "2017-01-01T12:00:00Z")
