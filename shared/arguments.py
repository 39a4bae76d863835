"""What several command lines read in the same way."""

from __future__ import annotations

import argparse


def above_zero(text: str, otherwise: str) -> float:
    """A finite number above 0. Raises ArgumentTypeError with the sentence `otherwise`."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(otherwise)
    return number
