"""Signatures, pauses, and a sender that lets nobody hold up anybody."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable

import pytest

from services.mybank.contracts.events import AlertRaised, UserWebhookChanged
from services.mybank.notifier import app
from services.mybank.notifier.app import Sender
from services.mybank.notifier.domain import LONGEST_PAUSE_SECONDS, attempt, given_up, letter, pause_seconds, signature
from services.mybank.notifier.handler import OutboxHandler, Webhooks
from services.mybank.notifier.store import Waiting
from shared.consumer.handler import Record
from shared.stores import StoreUnavailableError
from shared.testing import eventually_async
from tests.fakes.outboxes import InMemoryOutbox
from tests.suites.outbox_suite import OutboxSuite

NOW = 1_793_000_000_000_000


def alert(user_id: str = "ada", number: int = 1) -> AlertRaised:
    return AlertRaised(f"{user_id}-{number}", user_id, number, "large", 1, "debit", "10.00", "EUR", "10.00", None, NOW, NOW, NOW)


def test_a_receiver_can_check_the_signature_with_nothing_but_the_standard_library() -> None:
    sent = attempt(letter(alert()), "hush", NOW)
    headers = {name.decode(): value.decode() for name, value in sent.headers}
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + sent.content
    expected = base64.b64encode(hmac.new(b"hush", signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == json.loads(sent.content)["data"]["alert_id"] == "ada-1"


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of https://github.com/standard-webhooks/standard-webhooks (libraries/python/README.md)."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}') == (
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_a_retry_has_the_same_id_and_body() -> None:
    first, second = (attempt(letter(alert()), "hush", NOW + later) for later in (0, 60_000_000))
    assert first.content == second.content
    assert dict(first.headers)[b"webhook-id"] == dict(second.headers)[b"webhook-id"]
    assert dict(first.headers)[b"webhook-signature"] != dict(second.headers)[b"webhook-signature"]


def test_pauses_double_up_to_a_bound() -> None:
    assert [pause_seconds(failures, 0.5) for failures in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert pause_seconds(10_000, 0.5) == LONGEST_PAUSE_SECONDS
    assert pause_seconds(1, 0) < pause_seconds(1, 1)


def test_after_a_week_a_letter_is_given_up() -> None:
    week = 7 * 24 * 3600 * 1_000_000
    assert not given_up(letter(alert()), NOW + week)
    assert given_up(letter(alert()), NOW + week + 1)


class TestInMemoryOutbox(OutboxSuite):
    """All of the suite."""

    @pytest.fixture
    def outbox(self) -> InMemoryOutbox:
        return InMemoryOutbox()


class Receivers:
    def __init__(self) -> None:
        self.down: set[str] = set()
        self.slow: set[str] = set()
        self.received: list[tuple[str, str]] = []
        self.attempts: list[str] = []

    async def __call__(self, url: str, headers: list[tuple[bytes, bytes]], content: bytes) -> str | None:
        self.attempts.append(url)
        if url in self.slow:
            await asyncio.Event().wait()
        if url in self.down:
            return "status 503"
        self.received.append((url, dict(headers)[b"webhook-id"].decode()))
        return None


class Time:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


class CountingOutbox(InMemoryOutbox):
    postponed = 0

    def postpone(self, user_id: str, until: int) -> None:
        super().postpone(user_id, until)
        self.postponed += 1


def webhook(user_id: str) -> UserWebhookChanged:
    return UserWebhookChanged("e", user_id, 1, f"https://{user_id}.example.com", "hush", NOW)


Check = Callable[[CountingOutbox, Receivers, Time], Awaitable[None]]


def sending(users: list[str], letters: int, down: set[str], slow: set[str], check: Check) -> None:
    async def run() -> None:
        outboxes, receivers, time, webhooks = CountingOutbox(), Receivers(), Time(), Webhooks()
        for user_id in users:
            webhooks.put(webhook(user_id))
            outboxes.put(user_id, *(letter(alert(user_id, number)) for number in range(letters)))
        receivers.down = {f"https://{user_id}.example.com" for user_id in down}
        receivers.slow = {f"https://{user_id}.example.com" for user_id in slow}
        sender = Sender(outboxes, webhooks, lambda: None, lambda: receivers, time)
        task = asyncio.create_task(sender.run())
        try:
            await check(outboxes, receivers, time)
        finally:
            task.cancel()

    asyncio.run(run())


def test_letters_are_received_in_order_and_once() -> None:
    async def check(outboxes: CountingOutbox, receivers: Receivers, time: Time) -> None:
        await eventually_async(lambda: _true(not outboxes.due))
        assert receivers.received == [("https://ada.example.com", f"ada-{number}") for number in range(5)]

    sending(["ada"], 5, set(), set(), check)


def test_a_receiver_that_hangs_and_one_that_is_down_hold_up_nobody_else() -> None:
    async def check(outboxes: CountingOutbox, receivers: Receivers, time: Time) -> None:
        await eventually_async(lambda: _true(len(receivers.received) == 60))
        assert {url for url, _ in receivers.received} == {f"https://u{number}.example.com" for number in range(20)}
        assert receivers.attempts.count("https://hangs.example.com") == 1

    sending([f"u{number}" for number in range(20)] + ["hangs", "down"], 3, {"down"}, {"hangs"}, check)


def test_a_receiver_that_was_down_for_an_hour_gets_everything_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "LOOK_SECONDS", 0.001)

    async def check(outboxes: CountingOutbox, receivers: Receivers, time: Time) -> None:
        for failures in range(1, 61):
            # Not before it is postponed: the pause is from then on.
            await eventually_async(lambda failures=failures: _true(outboxes.postponed == failures), every=0.001)
            time.now += 73_000_000
        assert receivers.received == []
        assert len(receivers.attempts) == 60
        receivers.down.clear()
        time.now += 73_000_000
        await eventually_async(lambda: _true(not outboxes.due))
        assert [alert_id for _, alert_id in receivers.received] == [f"down-{number}" for number in range(4)]

    sending(["down"], 4, {"down"}, set(), check)


def test_a_user_without_a_webhook_leaves_nothing_behind() -> None:
    async def run() -> None:
        outboxes, receivers = InMemoryOutbox(), Receivers()
        outboxes.put("ada", letter(alert()))
        task = asyncio.create_task(Sender(outboxes, Webhooks(), lambda: None, lambda: receivers, lambda: NOW).run())
        await eventually_async(lambda: _true(not outboxes.due))
        task.cancel()
        assert receivers.attempts == []

    asyncio.run(run())


async def _true(value: bool) -> bool:
    return value


def record(event: AlertRaised, offset: int) -> Record[AlertRaised]:
    return Record("topic", 3, offset, None, event)


def test_alerts_of_users_with_a_webhook_are_posted_after_the_webhooks_were_caught_up_with() -> None:
    outbox, webhooks = InMemoryOutbox(), Webhooks()
    handler = OutboxHandler(outbox, webhooks, lambda: webhooks.put(webhook("ada")))
    handler.handle([record(alert("ada"), 7), record(alert("ben"), 8)])
    assert outbox.letters == {"ada": [Waiting(7, letter(alert("ada")))]}


def test_while_the_webhooks_cannot_be_read_nothing_is_posted() -> None:
    def away() -> None:
        raise StoreUnavailableError("away")

    outbox = InMemoryOutbox()
    with pytest.raises(StoreUnavailableError):
        OutboxHandler(outbox, Webhooks(), away).handle([record(alert(), 1)])
    assert outbox.letters == {}
