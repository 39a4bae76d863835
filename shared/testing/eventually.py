"""Waiting in tests: until it is so, with a deadline, and with the last reason why it was not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

NOT_YET: tuple[type[Exception], ...] = (AssertionError, LookupError, ConnectionError)
"""What a check may raise while it is not so yet; anything else is an error at once."""


def eventually(check: Callable[[], T], *, within: float = 15.0, every: float = 0.05, not_yet: tuple[type[Exception], ...] = NOT_YET) -> T:
    """Call `check` until it raises nothing of `not_yet` and does not answer False; returns its answer.

    Raises AssertionError with the last failure after `within` seconds; the check is made at least once.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            answer = check()
            if answer is not False:
                return answer
            failure: object = "the check answered False"
        except not_yet as error:
            failure = error if str(error) else repr(error)
        if time.monotonic() >= deadline:
            raise AssertionError(f"not so within {within:g} s: {failure}")
        time.sleep(every)


async def eventually_async(
    check: Callable[[], Awaitable[T]], *, within: float = 15.0, every: float = 0.05, not_yet: tuple[type[Exception], ...] = NOT_YET
) -> T:
    """As `eventually`, in a running event loop."""
    deadline = time.monotonic() + within
    while True:
        try:
            answer = await check()
            if answer is not False:
                return answer
            failure: object = "the check answered False"
        except not_yet as error:
            failure = error if str(error) else repr(error)
        if time.monotonic() >= deadline:
            raise AssertionError(f"not so within {within:g} s: {failure}")
        await asyncio.sleep(every)
