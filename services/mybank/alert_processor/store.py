"""All users' settings in memory, as new as the transactions that are judged by them."""

from __future__ import annotations

from services.mybank.alert_processor.domain import Histories
from services.mybank.contracts.events import UserSettingsChanged
from services.mybank.contracts.thresholds import histories


class Settings:
    """Filled by a shared.streams.fresh_replica.FreshReplica of mybank.user-settings, which catches up before a batch of transactions is
    judged: then every version is here that was in force when they were booked.

    For settings-api takes a version's time only after a record of the same transaction is in the log (`_write` in its store.py). What was
    booked after that time is read later still; so the log's end, asked for now, lies behind that record, and reading committed records up
    to there waits for the end of settings-api's transaction, and so brings the version too.
    """

    def __init__(self) -> None:
        self._by_user: dict[str, Histories] = {}

    def put(self, event: UserSettingsChanged) -> None:
        self._by_user[event.user_id] = histories(event.versions)

    def of(self, user_id: str) -> Histories:
        return self._by_user.get(user_id, {})
