from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from shared.patience import Patience
from shared.testing import eventually_async


@pytest.fixture
def stuck() -> Iterator[threading.Event]:
    """Until it is set, a call that waits for it does not come back."""
    event = threading.Event()
    yield event
    event.set()


def test_what_comes_back_in_time_is_its_answer_or_its_error() -> None:
    async def ask() -> None:
        patience = Patience(1, 5)
        assert await patience.call(divmod, 7, 2) == (3, 1)
        with pytest.raises(ZeroDivisionError):
            await patience.call(divmod, 7, 0)
        assert await patience.call(int, "11", base=2) == 3

    asyncio.run(ask())


def test_who_waits_for_what_never_comes_back_is_told_in_time_and_no_thread_is_added(stuck: threading.Event) -> None:
    async def ask() -> None:
        patience = Patience(2, 0.02)
        for _ in range(5):
            with pytest.raises(TimeoutError):
                await patience.call(stuck.wait)
        assert [thread.name for thread in threading.enumerate()].count("wait") == 2

    asyncio.run(ask())


def test_what_comes_back_too_late_gives_its_place_back(stuck: threading.Event) -> None:
    async def ask() -> None:
        patience = Patience(1, 0.05)
        with pytest.raises(TimeoutError):
            await patience.call(stuck.wait)
        stuck.set()
        assert await eventually_async(lambda: patience.call(divmod, 7, 2), not_yet=(TimeoutError,)) == (3, 1)

    asyncio.run(ask())
