from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from shared.health import Health
from shared.testing import eventually
from shared.worker import EXIT_CODE, end_where_hung, stop_on_signals


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


def test_a_worker_whose_loop_hangs_is_ended_so_that_it_is_started_anew() -> None:
    codes: list[int] = []
    reasons: list[str | None] = [None, None, "no turn of the loop for 121 s"]
    health = Health()
    health.add_live("poll_loop", lambda: reasons.pop(0) if len(reasons) > 1 else reasons[0])
    end_where_hung(health, codes.append, every_seconds=0.01)
    eventually(lambda: codes == [EXIT_CODE])
