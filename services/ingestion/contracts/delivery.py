"""The strategies of delivery that elasticsearch-sink knows: what a crash of it may do."""

from __future__ import annotations

from enum import StrEnum


class Delivery(StrEnum):
    """It loses, doubles, does neither, or does either."""

    AT_MOST_ONCE = "at-most-once"
    NO_IDS = "at-least-once-no-ids"
    FIXED_IDS = "at-least-once"
    AUTO_COMMIT = "auto-commit"
