from __future__ import annotations

import argparse

import pytest

from shared.arguments import above_zero


@pytest.mark.parametrize(("text", "number"), [("500", 500.0), ("0.5", 0.5), ("1e3", 1000.0)])
def test_a_number_above_0_is_read(text: str, number: float) -> None:
    assert above_zero(text, "no") == number


@pytest.mark.parametrize("text", ["", "fast", "0", "-1", "inf", "-inf", "nan", "1e400", "5x"])
def test_anything_else_is_refused_with_the_sentence_that_was_given(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="give events a second"):
        above_zero(text, "give events a second")
