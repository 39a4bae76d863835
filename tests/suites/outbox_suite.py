"""The notifier's outboxes in any store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import uuid4

import pytest

from services.mybank.notifier.domain import Letter
from services.mybank.notifier.handler import Posted
from services.mybank.notifier.store import Waiting


class Outbox(Protocol):
    def post(self, posted: Sequence[Posted]) -> None: ...
    def claim(self, now: int, until: int, limit: int) -> list[str]: ...
    def first(self, user_id: str) -> Waiting | None: ...
    def done(self, user_id: str, place: int) -> None: ...
    def drop(self, user_id: str) -> None: ...
    def failed(self, user_id: str) -> int: ...
    def postpone(self, user_id: str, until: int) -> None: ...


def letter(name: str) -> Letter:
    return Letter(name, 1, '{"a":"ä"}')


class OutboxSuite:
    @pytest.fixture
    def user(self) -> str:
        return f"user-{uuid4().hex}"

    @pytest.fixture
    def partition(self, user: str) -> int:
        """Of this test only."""
        return int(user[5:18], 16) % 10**9

    def post(self, outbox: Outbox, user: str, partition: int, *offsets: int) -> None:
        outbox.post([Posted(user, partition, offset, letter(f"a{offset}")) for offset in offsets])

    def claim(self, outbox: Outbox, user: str, now: int, until: int) -> bool:
        return user in outbox.claim(now, until, 10_000)

    def test_letters_wait_in_the_order_of_the_log(self, outbox: Outbox, user: str, partition: int) -> None:
        self.post(outbox, user, partition, 7, 9)
        assert outbox.first(user) == Waiting(7, letter("a7"))
        outbox.done(user, 7)
        assert outbox.first(user) == Waiting(9, letter("a9"))
        outbox.done(user, 9)
        assert outbox.first(user) is None

    def test_what_is_read_again_is_not_sent_again(self, outbox: Outbox, user: str, partition: int) -> None:
        self.post(outbox, user, partition, 7, 9)
        outbox.done(user, 7)
        self.post(outbox, user, partition, 7, 9)
        assert outbox.first(user) == Waiting(9, letter("a9"))
        outbox.done(user, 9)
        assert outbox.first(user) is None

    def test_where_no_letter_is_wanted_none_waits_and_it_is_remembered(self, outbox: Outbox, user: str, partition: int) -> None:
        outbox.post([Posted(user, partition, 7, None)])
        self.post(outbox, user, partition, 7)
        assert outbox.first(user) is None
        assert not self.claim(outbox, user, 100, 200)

    def test_a_user_is_claimed_by_one_at_a_time_and_again_when_the_claim_has_run_out(
        self, outbox: Outbox, user: str, partition: int
    ) -> None:
        self.post(outbox, user, partition, 7)
        assert self.claim(outbox, user, 100, 200)
        assert not self.claim(outbox, user, 150, 250)
        assert self.claim(outbox, user, 200, 300)

    def test_a_letter_that_comes_while_its_user_is_claimed_waits(self, outbox: Outbox, user: str, partition: int) -> None:
        self.post(outbox, user, partition, 7)
        assert self.claim(outbox, user, 100, 200)
        self.post(outbox, user, partition, 9)
        assert not self.claim(outbox, user, 150, 250)
        outbox.done(user, 7)
        assert self.claim(outbox, user, 151, 250)

    def test_a_postponed_user_is_not_due_before_and_failures_are_counted_until_success(
        self, outbox: Outbox, user: str, partition: int
    ) -> None:
        self.post(outbox, user, partition, 7, 9)
        assert self.claim(outbox, user, 100, 200)
        assert [outbox.failed(user), outbox.failed(user)] == [1, 2]
        outbox.postpone(user, 500)
        assert not self.claim(outbox, user, 499, 600)
        assert self.claim(outbox, user, 500, 600)
        outbox.done(user, 7)
        assert outbox.failed(user) == 1

    def test_who_has_got_everything_is_no_longer_due(self, outbox: Outbox, user: str, partition: int) -> None:
        self.post(outbox, user, partition, 7)
        assert self.claim(outbox, user, 100, 200)
        outbox.done(user, 7)
        outbox.postpone(user, 100)
        assert not self.claim(outbox, user, 10_000, 20_000)

    def test_what_nobody_wants_any_more_is_dropped(self, outbox: Outbox, user: str, partition: int) -> None:
        self.post(outbox, user, partition, 7, 9)
        outbox.drop(user)
        assert outbox.first(user) is None
        assert not self.claim(outbox, user, 10_000, 20_000)
