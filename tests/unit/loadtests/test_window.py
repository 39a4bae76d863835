"""Percentiles are delays that occurred, and errors count beside them."""

from __future__ import annotations

import math

from loadtests.window import TOTAL, Window, percentile


def test_a_percentile_is_the_nearest_rank() -> None:
    hundred = [float(number) for number in range(1, 101)]
    assert [percentile(hundred, share) for share in (50, 95, 99)] == [50, 95, 99]
    assert [percentile([1.0, 2.0, 3.0], share) for share in (50, 95, 99)] == [2.0, 3.0, 3.0]
    assert percentile([7.0], 50) == 7.0
    assert math.isnan(percentile([], 99))


def test_a_call_that_failed_counts_with_its_delay_and_its_reason() -> None:
    window = Window()
    window.add("GET /a", 1.0, None)
    window.add("GET /a", 9.0, "status 503")
    window.add("GET /b", 2.0, None)
    figures = window.figures()
    assert (figures["GET /a"].count, figures["GET /a"].errors, figures["GET /a"].percentiles[99]) == (2, 1, 9.0)
    assert (figures[TOTAL].count, figures[TOTAL].errors, figures[TOTAL].percentiles[50]) == (3, 1, 2.0)
    assert dict(window.reasons) == {"GET /a: status 503": 1}
