"""From alerts to the outboxes of those users who have a webhook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from services.mybank.contracts.events import UserWebhookChanged
from services.mybank.notifier.domain import Letter, letter
from shared.consumer.handler import Record, Rejection


class Posted(NamedTuple):
    user_id: str
    partition: int
    offset: int
    letter: Letter | None
    """None: this user wants none."""


class Outbox(Protocol):
    """Each call raises StoreUnavailableError."""

    def post(self, posted: Sequence[Posted]) -> None:
        """Idempotent: what stands before the end of its partition is in an outbox already, or was."""


class Webhooks:
    """Where users want their alerts. Read and written by several threads: one dictionary, replaced entry by entry."""

    def __init__(self) -> None:
        self._by_user: dict[str, UserWebhookChanged] = {}

    def put(self, event: UserWebhookChanged) -> None:
        self._by_user[event.user_id] = event

    def of(self, user_id: str) -> UserWebhookChanged | None:
        """None where there is no webhook."""
        webhook = self._by_user.get(user_id)
        return webhook if webhook is not None and webhook.url is not None else None


class OutboxHandler:
    """`catch_up` makes the webhooks at least as new as the alerts at hand; it raises StoreUnavailableError."""

    def __init__(self, outbox: Outbox, webhooks: Webhooks, catch_up: Callable[[], None]) -> None:
        self._outbox = outbox
        self._webhooks = webhooks
        self._catch_up = catch_up

    def handle(self, records: Sequence[Record[Any]]) -> Iterable[Rejection]:
        self._catch_up()
        self._outbox.post(
            [
                Posted(
                    record.event.user_id,
                    record.partition,
                    record.offset,
                    letter(record.event) if self._webhooks.of(record.event.user_id) else None,
                )
                for record in records
            ]
        )
        return ()
