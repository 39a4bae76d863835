"""The rules of alerts, as pure functions over what is known of one user.

What the rules say of a table of transactions (`alerts_of`) depends on nothing but the table and the history of settings. A change of
the table is judged at once: alerts are what the rules say after it and did not say before. So an alert is never raised twice and never
taken back, though the transaction behind it may be reversed; and what a correction or a late booking brings to light is raised too.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID, uuid5

import msgspec

from services.mybank.contracts.events import AlertRaised, BankTransactionChanged, ThresholdVersion
from services.mybank.contracts.money import to_amount, to_cents
from services.mybank.contracts.thresholds import LONGEST_WINDOW_HOURS, in_force
from shared.clock import Micros

HOUR: Micros = 3600 * 1_000_000

LATEST_HOURS = 7 * 24
"""So long after it was booked may a transaction arrive, or change, and windows are still exact."""

KEPT: Micros = (LONGEST_WINDOW_HOURS + LATEST_HOURS) * HOUR
REMEMBERED: Micros = 24 * HOUR
"""So long the last change of a row is kept however old its booking: the connector repeats changes after a crash, up to minutes of them."""

_ALERTS = UUID("3c1f8b34-6f6a-4d5c-8f3e-8f6b5a3e9f10")

Histories = Mapping[str, Sequence[ThresholdVersion]]
"""The versions of each threshold of one user, oldest first (contracts/thresholds.py)."""


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """A transaction as it is known, and for which thresholds it has raised an alert."""

    booked_at: Micros
    transaction_id: int
    position: int
    committed_at: Micros
    direction: str
    """Empty: deleted."""
    currency: str
    cents: int
    raised: tuple[str, ...] = ()


class UserState(msgspec.Struct, frozen=True, array_like=True):
    """What is kept of one user; entries by (booked_at, transaction_id)."""

    entries: tuple[Entry, ...] = ()
    newest: Micros = 0
    """The latest commit seen: the clock by which entries are forgotten."""
    highest_id: int = -1


class Reached(NamedTuple):
    entry: Entry
    version: ThresholdVersion
    total: int


def alert_id(user_id: str, transaction_id: int, threshold_id: str) -> str:
    return str(uuid5(_ALERTS, f"{user_id}/{transaction_id}/{threshold_id}"))


def judged_at(entry: Entry) -> Micros:
    """The moment whose settings count: when it was booked. Booked ahead of its commit: the commit, for nobody knows tomorrow's settings."""
    return min(entry.booked_at, entry.committed_at)


def alerts_of(entries: Sequence[Entry], thresholds: Histories, start: int = 0, known_since: Micros = 0) -> Iterator[Reached]:
    """What the rules say of the entries from `start` on.

    Without a window: the amount reaches the threshold's. With one: the sum of the user's transactions of that kind within the window
    reaches it by this transaction, so it was below just before, when those that had left the window no longer counted. Of windows that
    begin before `known_since` nothing is said: not all that was booked in them is among the entries.
    """
    for index in range(start, len(entries)):
        entry = entries[index]
        for history in thresholds.values():
            version = in_force(history, judged_at(entry))
            if version is None or not _counts(entry, version):
                continue
            bound = to_cents(version.amount)
            if version.window_hours is None:
                if entry.cents >= bound:
                    yield Reached(entry, version, entry.cents)
                continue
            window = version.window_hours * HOUR
            if entry.booked_at - window < known_since:
                continue
            before = _sum_before(entries, index, version, window)
            if before < bound <= before + entry.cents:
                yield Reached(entry, version, before + entry.cents)


def transition(
    state: UserState | None, event: BankTransactionChanged, thresholds: Histories, clock: Callable[[], Micros]
) -> tuple[UserState, list[AlertRaised]]:
    """The state after a change of one row, and the alerts that it leads to. The same state where the change was seen already."""
    state = state or UserState()
    old = None
    if event.transaction_id <= state.highest_id:
        old = next((entry for entry in reversed(state.entries) if entry.transaction_id == event.transaction_id), None)
    if old is not None and event.position <= old.position:
        return state, []
    new = Entry(
        event.booked_at,
        event.transaction_id,
        event.position,
        event.occurred_at,
        "" if event.deleted else event.direction,
        event.currency,
        event.cents,
        old.raised if old else (),
    )
    newest = max(state.newest, event.occurred_at)
    entries = _with(state.entries, old, new)
    touched = new if old is None or _order(new) < _order(old) else old
    # What was booked before the change is judged as it was.
    start = bisect_left(entries, _order(touched), key=_order)
    alerts = []
    for reached in list(alerts_of(entries, thresholds, start, newest - KEPT)):
        entry, version, total = reached
        if version.threshold_id in entry.raised:
            continue
        alerts.append(_alert(event, entry, version, total, clock()))
        place = bisect_left(entries, _order(entry), key=_order)
        raised = (*entries[place].raised, version.threshold_id)
        entries = (*entries[:place], msgspec.structs.replace(entries[place], raised=raised), *entries[place + 1 :])
    return UserState(_kept(entries, newest), newest, max(state.highest_id, event.transaction_id)), alerts


def _with(entries: tuple[Entry, ...], old: Entry | None, new: Entry) -> tuple[Entry, ...]:
    if old is not None:
        entries = tuple(entry for entry in entries if entry is not old)
    if not entries or _order(entries[-1]) < _order(new):
        return (*entries, new)
    place = bisect_left(entries, _order(new), key=_order)
    return (*entries[:place], new, *entries[place:])


def _kept(entries: tuple[Entry, ...], newest: Micros) -> tuple[Entry, ...]:
    if entries[0].booked_at >= newest - KEPT:
        return entries
    return tuple(e for e in entries if e.booked_at >= newest - KEPT or e.committed_at >= newest - REMEMBERED)


def _order(entry: Entry) -> tuple[Micros, int]:
    return entry.booked_at, entry.transaction_id


def _counts(entry: Entry, version: ThresholdVersion) -> bool:
    return entry.currency == version.currency and entry.direction != "" and version.direction in ("any", entry.direction)


def _sum_before(entries: Sequence[Entry], index: int, version: ThresholdVersion, window: Micros) -> int:
    """Of what counts and was booked before the entry at `index`, less than `window` ago."""
    horizon = entries[index].booked_at - window
    total = 0
    for place in range(index - 1, -1, -1):
        entry = entries[place]
        if entry.booked_at <= horizon:
            break
        if _counts(entry, version):
            total += entry.cents
    return total


def _alert(event: BankTransactionChanged, entry: Entry, version: ThresholdVersion, total: int, now: Micros) -> AlertRaised:
    return AlertRaised(
        event_id=alert_id(event.user_id, entry.transaction_id, version.threshold_id),
        user_id=event.user_id,
        transaction_id=entry.transaction_id,
        threshold_id=version.threshold_id,
        threshold_version=version.version,
        direction=entry.direction,
        amount=to_amount(entry.cents),
        currency=entry.currency,
        total=to_amount(total),
        window_hours=version.window_hours,
        booked_at=entry.booked_at,
        committed_at=event.occurred_at,
        occurred_at=now,
    )


def recompute(changes: Iterable[BankTransactionChanged], thresholds: Histories) -> list[AlertRaised]:
    """All alerts of one user, from the whole log of changes in order."""
    state: UserState | None = None
    alerts: list[AlertRaised] = []
    for event in changes:
        state, more = transition(state, event, thresholds, lambda: 0)
        alerts += more
    return alerts
