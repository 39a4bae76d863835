"""What a producer's transactions make of a client that does not come back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from shared.streams import transactions as module
from shared.streams.transactions import HUNG_SECONDS, Transactions
from shared.testing import InMemoryBroker, InMemoryTransactions


class Stuck(InMemoryTransactions):
    """Its commit ignores the time that it is given, as librdkafka's was seen to do after a coordinator had moved."""

    def __init__(self) -> None:
        super().__init__(InMemoryBroker(), "stuck")
        self.released = threading.Event()

    def commit_transaction(self, timeout: float) -> None:
        assert self.released.wait(10), "nobody has ended the process"
        super().commit_transaction(timeout)


def test_a_call_that_never_returns_ends_the_process() -> None:
    producer, codes = Stuck(), []

    def exit_process(code: int) -> None:
        codes.append(code)
        producer.released.set()

    transactions = Transactions(producer, exit_process, hung_after_seconds=0.2)
    transactions.open()
    transactions.run(lambda: None)
    assert codes == [70]


class Slow(InMemoryTransactions):
    """Its commit takes so many seconds of a clock that it moves; `at_its_end` is called then."""

    def __init__(self, seconds: float) -> None:
        super().__init__(InMemoryBroker(), "slow")
        self.now = 1000.0
        self._seconds = seconds
        self.at_its_end: Callable[[], object] = lambda: None

    def commit_transaction(self, timeout: float) -> None:
        self.now += self._seconds
        self.at_its_end()
        super().commit_transaction(timeout)


@pytest.mark.parametrize(("seconds", "hangs"), [(HUNG_SECONDS, False), (HUNG_SECONDS + 1, True)])
def test_each_call_has_its_time_for_itself(monkeypatch: pytest.MonkeyPatch, seconds: float, hangs: bool) -> None:
    producer, seen = Slow(seconds), []
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: producer.now))
    transactions = Transactions(producer)
    producer.init_transactions(1)
    producer.at_its_end = lambda: seen.append(transactions._hangs())
    for _ in range(3):
        transactions.run(lambda: None)
        producer.now += 10 * HUNG_SECONDS
        assert not transactions._hangs(), "nothing is under way"
    assert seen == [hangs] * 3
