"""How long a batch waits before it is tried again."""

from __future__ import annotations

import time

from shared.consumer.backoff import Backoff


def test_each_pause_is_twice_as_long_as_the_one_before_up_to_the_longest() -> None:
    retry, pauses = Backoff(first_seconds=0.1, longest_seconds=0.5), []
    for _ in range(5):
        retry.failed(ConnectionError("the store is away"))
        pauses.append(retry.seconds)
    assert pauses == [0.1, 0.2, 0.4, 0.5, 0.5]


def test_the_next_try_is_due_after_the_pause() -> None:
    retry = Backoff(first_seconds=60, longest_seconds=60)
    before = time.monotonic()
    retry.failed(ConnectionError("the store is away"))
    assert before + 60 <= retry.until <= time.monotonic() + 60


def test_it_tells_the_last_reason_even_an_empty_one_and_begins_anew_once_a_try_went_well() -> None:
    retry = Backoff(first_seconds=0.1, longest_seconds=5)
    assert (retry.waiting, retry.check()) == (False, None)
    for reason in ("the store is away", ""):
        retry.failed(ConnectionError(reason))
        assert (retry.waiting, retry.check()) == (True, reason)
    retry.reset()
    assert (retry.waiting, retry.check()) == (False, None)
    retry.failed(ConnectionError("the store is away"))
    assert retry.seconds == 0.1
