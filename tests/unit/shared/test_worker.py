from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from shared.testing import eventually
from shared.worker import stop_on_signals


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_asks_the_runner_to_stop(number: signal.Signals) -> None:
    stopped: list[bool] = []
    stop_on_signals(lambda: stopped.append(True))
    os.kill(os.getpid(), number)
    eventually(lambda: stopped == [True])
