"""The rules that several services of MovieFlix apply: each number is named here once."""

from __future__ import annotations

FINISHED_FRACTION = 0.95
"""A show is finished from this fraction of its duration on."""

LIKED_FROM = 3.5
"""A rating from here on speaks for shows like the rated one; below it, the show is only seen. `make evaluate-movieflix` tries others."""


def fraction_watched(position_seconds: float, duration_seconds: float) -> float:
    """0 to 1; players may report up to a second beyond the end."""
    return min(1.0, position_seconds / duration_seconds)


def is_finished(position_seconds: float, duration_seconds: float) -> bool:
    """From FINISHED_FRACTION on."""
    return position_seconds >= FINISHED_FRACTION * duration_seconds
