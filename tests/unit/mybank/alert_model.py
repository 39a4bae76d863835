"""The rules of alerts once more, as plainly as they can be said and without a thought for speed: what the alert processor is held against.

Nothing of the service is imported. Money is Decimal; after every change everything is computed anew from the whole table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.clock import from_rfc3339


@dataclass(frozen=True)
class Row:
    id: int
    direction: str
    amount: Decimal
    currency: str
    booked_at: int
    committed_at: int


@dataclass(frozen=True)
class Version:
    threshold: str
    number: int
    direction: str
    amount: Decimal
    currency: str
    hours: int | None
    since: int
    ended: bool


def version_from(answer: Mapping[str, Any]) -> Version:
    """What settings-api has answered."""
    return Version(
        answer["threshold_id"],
        answer["version"],
        answer["direction"],
        Decimal(answer["amount"]),
        answer["currency"],
        answer["window_hours"],
        from_rfc3339(answer["effective_from"]),
        answer["ended"],
    )


@dataclass(frozen=True)
class Change:
    """`row` None: the row `id` was deleted."""

    id: int
    row: Row | None


Alert = tuple[int, str, int, Decimal]
"""Row, threshold, version, total."""


def alerts(changes: list[Change], versions: list[Version]) -> list[Alert]:
    """In the order in which they are raised; those of one change by row and threshold."""
    table: dict[int, Row] = {}
    raised: list[Alert] = []
    for change in changes:
        if change.row is None:
            table.pop(change.id, None)
        else:
            table[change.id] = change.row
        for alert in sorted(said_of(table, versions)):
            if not any(alert[:2] == earlier[:2] for earlier in raised):
                raised.append(alert)
    return raised


def said_of(table: dict[int, Row], versions: list[Version]) -> list[Alert]:
    found = []
    for row in table.values():
        for threshold in {version.threshold for version in versions}:
            version = version_of(threshold, min(row.booked_at, row.committed_at), versions)
            if version is None or not matches(row, version):
                continue
            if version.hours is None:
                if row.amount >= version.amount:
                    found.append((row.id, threshold, version.number, row.amount))
                continue
            earlier = [other for other in table.values() if (other.booked_at, other.id) < (row.booked_at, row.id)]
            opening = row.booked_at - version.hours * 3_600_000_000
            within = sum((other.amount for other in earlier if matches(other, version) and other.booked_at > opening), Decimal(0))
            if within < version.amount and within + row.amount >= version.amount:
                found.append((row.id, threshold, version.number, within + row.amount))
    return found


def version_of(threshold: str, moment: int, versions: list[Version]) -> Version | None:
    past = [version for version in versions if version.threshold == threshold and version.since <= moment]
    if not past:
        return None
    latest = max(past, key=lambda version: version.since)
    return None if latest.ended else latest


def matches(row: Row, version: Version) -> bool:
    return row.currency == version.currency and version.direction in (row.direction, "any")
