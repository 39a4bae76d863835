"""What users may set, and how a change becomes a version. Pure: each change takes what is set now and answers what is set after it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import uuid4

import msgspec

from services.mybank.contracts.events import ThresholdVersion, UserSettingsChanged, UserWebhookChanged
from services.mybank.contracts.money import CURRENCIES, to_amount, to_cents
from services.mybank.contracts.thresholds import LONGEST_WINDOW_HOURS, histories, kept
from shared.clock import Micros, to_rfc3339
from shared.http.bodies import InvalidCommandError

MOST_THRESHOLDS = 20
"""In force at a time, of one user: each costs the alert processor a look at each transaction."""

MOST_VERSIONS = 500
"""Kept of one user: their record is written at each change."""


class SetThreshold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An alert is wanted for amounts from here on; with `window_hours` for their sum within so many hours."""

    direction: Literal["debit", "credit", "any"]
    amount: str
    currency: str
    window_hours: Annotated[int, msgspec.Meta(ge=1, le=LONGEST_WINDOW_HOURS)] | None = None


class SetWebhook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Alerts are to be sent to this URL, signed with this secret."""

    url: str
    secret: Annotated[str, msgspec.Meta(min_length=1, max_length=256)]


class ThresholdAnswer(msgspec.Struct):
    threshold_id: str
    version: int
    direction: str
    amount: str
    currency: str
    window_hours: int | None
    effective_from: str
    ended: bool


class NothingSetError(LookupError):
    """There is nothing to end."""


class TooManyChangesError(Exception):
    """MOST_VERSIONS are kept already."""


def no_settings(user_id: str) -> UserSettingsChanged:
    return UserSettingsChanged(str(uuid4()), user_id, 0, [], 0)


def no_webhook(user_id: str) -> UserWebhookChanged:
    return UserWebhookChanged(str(uuid4()), user_id, 0, None, "", 0)


def thresholds(settings: UserSettingsChanged) -> list[ThresholdVersion]:
    """Those in force, by id."""
    latest = (history[-1] for _, history in sorted(histories(settings.versions).items()))
    return [version for version in latest if not version.ended]


def set_threshold(
    settings: UserSettingsChanged, threshold_id: str, command: SetThreshold, now: Micros
) -> tuple[UserSettingsChanged, ThresholdVersion]:
    """A version more, or, where the same is in force already, that version. Raises InvalidCommandError, TooManyChangesError."""
    amount = _amount(command.amount)
    if command.currency not in CURRENCIES:
        raise InvalidCommandError(f"{command.currency[:20]!r} is no currency: give its three capital letters, as EUR")
    history = histories(settings.versions).get(threshold_id, ())
    wanted = ThresholdVersion(
        threshold_id,
        history[-1].version + 1 if history else 1,
        command.direction,
        amount,
        command.currency,
        command.window_hours,
        _moment(settings, now),
        False,
    )
    if history and _says(history[-1]) == _says(wanted):
        return settings, history[-1]
    if len(thresholds(settings)) >= MOST_THRESHOLDS and not (history and not history[-1].ended):
        raise InvalidCommandError(f"a user has at most {MOST_THRESHOLDS} thresholds: end another one first")
    return _with(settings, wanted, now), wanted


def end_threshold(settings: UserSettingsChanged, threshold_id: str, now: Micros) -> tuple[UserSettingsChanged, ThresholdVersion]:
    """The version that ends it. Raises NothingSetError, TooManyChangesError."""
    history = histories(settings.versions).get(threshold_id, ())
    if not history or history[-1].ended:
        raise NothingSetError(f"there is no threshold {threshold_id!r}")
    last = history[-1]
    ending = msgspec.structs.replace(last, version=last.version + 1, effective_from=_moment(settings, now), ended=True)
    return _with(settings, ending, now), ending


def set_webhook(webhook: UserWebhookChanged, command: SetWebhook, now: Micros) -> tuple[UserWebhookChanged, UserWebhookChanged]:
    """Whether the URL may be called is not decided here."""
    if (webhook.url, webhook.secret) == (command.url, command.secret):
        return webhook, webhook
    changed = UserWebhookChanged(str(uuid4()), webhook.user_id, webhook.revision + 1, command.url, command.secret, now)
    return changed, changed


def end_webhook(webhook: UserWebhookChanged, now: Micros) -> tuple[UserWebhookChanged, UserWebhookChanged]:
    """Raises NothingSetError."""
    if webhook.url is None:
        raise NothingSetError("there is no webhook")
    changed = UserWebhookChanged(str(uuid4()), webhook.user_id, webhook.revision + 1, None, "", now)
    return changed, changed


def answer(version: ThresholdVersion) -> ThresholdAnswer:
    return ThresholdAnswer(
        version.threshold_id,
        version.version,
        version.direction,
        version.amount,
        version.currency,
        version.window_hours,
        to_rfc3339(version.effective_from),
        version.ended,
    )


def _amount(text: str) -> str:
    try:
        cents = to_cents(text)
    except ValueError as error:
        raise InvalidCommandError(str(error)) from error
    if cents == 0:
        raise InvalidCommandError("an amount is more than 0")
    return to_amount(cents)


def _moment(settings: UserSettingsChanged, now: Micros) -> Micros:
    """Never the same twice for a user, nor back in time, though clocks are set back."""
    return max(now, max((version.effective_from for version in settings.versions), default=-1) + 1)


def _says(version: ThresholdVersion) -> tuple[object, ...]:
    return version.direction, version.amount, version.currency, version.window_hours, version.ended


def _with(settings: UserSettingsChanged, version: ThresholdVersion, now: Micros) -> UserSettingsChanged:
    versions = [*kept(settings.versions, now), version]
    if len(versions) > MOST_VERSIONS:
        raise TooManyChangesError
    return UserSettingsChanged(str(uuid4()), settings.user_id, settings.revision + 1, versions, now)
