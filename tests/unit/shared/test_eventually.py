"""The waiting of all other tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest

from shared.testing import eventually, eventually_async


def answers(*values: object) -> Iterator[object]:
    yield from values


def test_it_gives_the_first_answer_that_is_not_false() -> None:
    sequence = answers(False, False, 0)
    assert eventually(lambda: next(sequence), within=5, every=0) == 0


def test_it_goes_on_after_a_failed_assertion_and_tells_the_last_one() -> None:
    tries: list[int] = []

    def check() -> None:
        tries.append(1)
        raise AssertionError(f"only {len(tries)} seats")

    with pytest.raises(AssertionError, match=r"not so within 0\.05 s: only \d+ seats"):
        eventually(check, within=0.05, every=0.01)
    assert len(tries) > 1


def test_another_error_is_an_error_at_once() -> None:
    started = time.monotonic()
    with pytest.raises(ZeroDivisionError):
        eventually(lambda: 1 / 0, within=5)
    assert time.monotonic() - started < 2


def test_a_check_is_made_even_without_time() -> None:
    assert eventually(lambda: 7, within=0) == 7


def test_it_waits_in_an_event_loop_too() -> None:
    sequence = answers(False, 3)

    async def check() -> object:
        return next(sequence)

    async def never() -> bool:
        return False

    assert asyncio.run(eventually_async(check, every=0)) == 3
    with pytest.raises(AssertionError, match="answered False"):
        asyncio.run(eventually_async(never, within=0.02, every=0))
