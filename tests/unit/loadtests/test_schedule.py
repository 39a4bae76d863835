"""Due times of open loads."""

from __future__ import annotations

import pytest

from loadtests.schedule import even, rising


def test_an_even_rate_is_even() -> None:
    assert list(even(4, 1)) == [0, 0.25, 0.5, 0.75]


def test_a_rising_rate_ends_at_the_rate_and_has_half_of_its_events() -> None:
    due = list(rising(100, 10))
    assert len(due) == 500 and due[0] == 0 and due == sorted(due)
    assert due[-1] == pytest.approx(10, abs=0.1)
    assert sum(time > 9 for time in due) == pytest.approx(95, abs=2)
