"""What the alerts must be: recomputed from what the database committed and the history of settings, by the model that knows no service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple

from services.mybank.contracts.events import UserSettingsChanged
from tests.chaos.ledger import Finding, Flaw, compare
from tests.chaos.mybank.audit import Noted
from tests.unit.mybank.alert_model import Change, Row, Version, alerts


class AlertKey(NamedTuple):
    """What makes an alert: of these there is one."""

    user_id: str
    transaction_id: int
    threshold_id: str


class Raised(NamedTuple):
    """Against which version, and with which sum."""

    version: int
    total: Decimal


Histories = Mapping[str, Sequence[Version]]
"""Of each user all versions, in the order in which they began."""


def histories(records: Iterable[UserSettingsChanged]) -> dict[str, list[Version]]:
    """From the log in its order: the last record of a user has all versions."""
    latest = {record.user_id: record for record in records}
    return {
        user_id: sorted(
            (
                Version(v.threshold_id, v.version, v.direction, Decimal(v.amount), v.currency, v.window_hours, v.effective_from, v.ended)
                for v in record.versions
            ),
            key=lambda version: version.since,
        )
        for user_id, record in latest.items()
    }


def recomputed(changes: Iterable[Noted], settings: Histories) -> dict[AlertKey, Raised]:
    """Every alert that is to be."""
    of_user: dict[str, list[Change]] = defaultdict(list)
    for noted in changes:
        of_user[noted.user_id].append(Change(noted.id, None if noted.deleted else _row(noted)))
    return {
        AlertKey(user_id, row, threshold): Raised(version, total)
        for user_id, made in of_user.items()
        for row, threshold, version, total in alerts(made, list(settings.get(user_id, ())))
    }


def _row(noted: Noted) -> Row:
    # Nothing is booked ahead in these runs: the commit, later than the booking, decides nothing.
    return Row(noted.id, noted.direction, noted.amount, noted.currency, noted.booked_at, noted.booked_at)


def settings_findings(answered: Iterable[tuple[str, Version]], settings: Histories) -> list[Finding]:
    """What was answered stands in the history with the same time; numbers have no gap, times rise, and nothing is said twice in a row."""
    expected = {(user_id, version.threshold, version.number): version for user_id, version in answered}
    found = [((user_id, v.threshold, v.number), v) for user_id, history in settings.items() for v in history]
    findings = compare("settings' history", expected, [item for item in found if item[0] in expected])
    return findings + [finding for user_id, history in settings.items() for finding in _unsound(user_id, history)]


def _unsound(user_id: str, history: Sequence[Version]) -> list[Finding]:
    found = []
    if len({version.since for version in history}) < len(history):
        found.append(Finding("settings' history", Flaw.MISORDERED, 1, f"{user_id} has two versions that begin at once"))
    for threshold in {version.threshold for version in history}:
        versions = [version for version in history if version.threshold == threshold]
        if [version.number for version in versions] != list(range(1, len(versions) + 1)):
            numbers = [version.number for version in versions]
            found.append(Finding("settings' history", Flaw.MISORDERED, 1, f"{threshold} of {user_id} is numbered {numbers}"))
        for one, other in pairwise(versions):
            if _says(one) == _says(other):
                found.append(Finding("settings' history", Flaw.DOUBLED, 1, f"{user_id}: {other} says what the version before says"))
    return found


def _says(version: Version) -> tuple[object, ...]:
    return version.direction, version.amount, version.currency, version.hours, version.ended
