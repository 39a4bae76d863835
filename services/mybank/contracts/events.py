"""The events of MyBank, field by field as in the schemas beside this file. Times are microseconds since the epoch, UTC."""

from __future__ import annotations

import msgspec


class BankTransactionChanged(msgspec.Struct, frozen=True):
    """A row of the bank's table was written, changed or deleted. bank_transactions.py makes it of the connector's record."""

    event_id: str
    user_id: str
    transaction_id: int
    deleted: bool
    direction: str
    """debit or credit"""
    cents: int
    """Hundredths of the currency, above 0."""
    currency: str
    booked_at: int
    position: int
    """In the database's log: of two changes of one row the later has the higher."""
    occurred_at: int
    """When the change was committed."""


class ThresholdVersion(msgspec.Struct, frozen=True):
    """What a threshold says from `effective_from` on, until its next version."""

    threshold_id: str
    version: int
    direction: str
    amount: str
    currency: str
    window_hours: int | None
    effective_from: int
    ended: bool


class UserSettingsChanged(msgspec.Struct, frozen=True):
    """All thresholds of a user with their versions; a reader keeps the latest record."""

    event_id: str
    user_id: str
    revision: int
    versions: list[ThresholdVersion]
    occurred_at: int


class UserWebhookChanged(msgspec.Struct, frozen=True):
    """Where a user's alerts are sent; a reader keeps the latest record."""

    event_id: str
    user_id: str
    revision: int
    url: str | None
    secret: str
    occurred_at: int


class AlertRaised(msgspec.Struct, frozen=True):
    """A transaction reached a threshold; `event_id` is the alert's id."""

    event_id: str
    user_id: str
    transaction_id: int
    threshold_id: str
    threshold_version: int
    direction: str
    amount: str
    currency: str
    total: str
    window_hours: int | None
    booked_at: int
    committed_at: int
    occurred_at: int


class AlertAcknowledged(msgspec.Struct, frozen=True):
    """A user has seen an alert; the first time counts."""

    event_id: str
    user_id: str
    alert_id: str
    occurred_at: int
