"""Which version of a threshold counts: the rule that the API, the alert processor and any recomputation share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from services.mybank.contracts.events import ThresholdVersion
from shared.clock import Micros

LONGEST_WINDOW_HOURS = 720

KEPT_SECONDS = 90 * 24 * 3600
"""A version that was replaced longer ago is dropped: a transaction that was booked in its time is judged as if it had not been."""


def histories(versions: Iterable[ThresholdVersion]) -> dict[str, tuple[ThresholdVersion, ...]]:
    """By threshold, oldest first."""
    found: dict[str, list[ThresholdVersion]] = {}
    for version in sorted(versions, key=lambda v: v.effective_from):
        found.setdefault(version.threshold_id, []).append(version)
    return {threshold_id: tuple(history) for threshold_id, history in found.items()}


def in_force(history: Sequence[ThresholdVersion], at: Micros) -> ThresholdVersion | None:
    """The version of one threshold that counts at a moment; None before its first and after its end."""
    for version in reversed(history):
        if version.effective_from <= at:
            return None if version.ended else version
    return None


def kept(versions: Sequence[ThresholdVersion], now: Micros) -> list[ThresholdVersion]:
    """Without those that were replaced before KEPT_SECONDS, and those that ended their threshold before that: its numbers begin anew."""
    horizon = now - KEPT_SECONDS * 1_000_000
    dropped = set()
    for history in histories(versions).values():
        dropped |= {version for version, following in pairwise(history) if following.effective_from <= horizon}
        if history[-1].ended and history[-1].effective_from <= horizon:
            dropped.add(history[-1])
    return [version for version in versions if version not in dropped]
