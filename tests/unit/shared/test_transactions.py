"""What a producer's transactions make of a client that does not come back."""

from __future__ import annotations

import threading

from shared.streams.transactions import Transactions
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


def test_calls_that_return_end_nothing() -> None:
    codes: list[int] = []
    transactions = Transactions(InMemoryTransactions(InMemoryBroker(), "quick"), codes.append, hung_after_seconds=0.2)
    transactions.open()
    for _ in range(3):
        transactions.run(lambda: threading.Event().wait(0.15))
    assert codes == []
