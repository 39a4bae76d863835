"""TransactionalRunner on the in-memory broker: its suite, and what only a broker in memory can be made to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from shared.consumer import lag
from shared.stores import StoreUnavailableError
from shared.streams.transactions import TransactionInDoubtError
from shared.testing import InMemoryTransactions, eventually
from tests.suites.cluster import MemoryCluster
from tests.suites.counting import Counted, CountingRunner, Topics, count, discrepancies
from tests.suites.events import SeatTaken, seat_taken
from tests.suites.transactional_suite import TransactionalSuite, write


@pytest.fixture(autouse=True)
def lag_is_measured_all_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lag, "MEASURE_INTERVAL_SECONDS", 0.01)


@pytest.fixture
def cluster() -> MemoryCluster:
    return MemoryCluster()


class TestTransactionsInMemory(TransactionalSuite):
    """All of the suite."""


class Moody(InMemoryTransactions):
    """Fails the next calls of one name, with one error."""

    def __init__(self, cluster: MemoryCluster, name: str, error: KafkaError, times: int = 1) -> None:
        super().__init__(cluster.broker, "group-0")
        self._name, self._error, self.left = name, error, times

    def _fail(self, name: str) -> None:
        if name == self._name and self.left:
            self.left -= 1
            raise KafkaException(self._error)

    def commit_transaction(self, timeout: float) -> None:
        self._fail("commit")
        super().commit_transaction(timeout)

    def abort_transaction(self, timeout: float) -> None:
        self._fail("abort")
        super().abort_transaction(timeout)


def aborting() -> KafkaError:
    return KafkaError(KafkaError.INVALID_TXN_STATE, "abort it", txn_requires_abort=True)


@pytest.mark.parametrize("error", [aborting(), KafkaError(KafkaError._TIMED_OUT, "slow", retriable=True)], ids=["abortable", "retriable"])
def test_a_commit_that_fails_counts_nothing_twice(cluster: MemoryCluster, error: KafkaError) -> None:
    topics = Topics(cluster)
    sent = write(cluster, topics, range(9), seats=2)
    producer = Moody(cluster, "commit", error, times=3)
    running = CountingRunner(cluster, topics, "group", producer=producer, batch_size=4)
    eventually(lambda: len(topics.counted()) == 9)
    running.stop()
    assert producer.left == 0
    assert discrepancies(sent, topics.counted(), topics.states()) == []


def test_a_fatal_error_ends_the_worker(cluster: MemoryCluster) -> None:
    topics = Topics(cluster)
    write(cluster, topics, range(3))
    producer = Moody(cluster, "commit", KafkaError(KafkaError._FENCED, "fenced", fatal=True))
    running = CountingRunner(cluster, topics, "group", producer=producer)
    eventually(lambda: running.ended)
    assert isinstance(running.error, KafkaException)
    assert topics.counted() == []


def test_a_transaction_that_can_neither_be_committed_nor_aborted_ends_the_worker(cluster: MemoryCluster) -> None:
    topics = Topics(cluster)

    class Stuck(Moody):
        def abort_transaction(self, timeout: float) -> None:
            raise KafkaException(KafkaError(KafkaError._STATE, "a commit is under way"))

    write(cluster, topics, range(3))
    running = CountingRunner(cluster, topics, "group", producer=Stuck(cluster, "commit", aborting()))
    eventually(lambda: running.ended)
    assert isinstance(running.error, TransactionInDoubtError)


def test_a_worker_that_the_group_has_expelled_commits_nothing_and_joins_again(cluster: MemoryCluster) -> None:
    topics = Topics(cluster)
    sent = write(cluster, topics, range(5))

    class Expelled(InMemoryTransactions):
        expelled = False

        def send_offsets_to_transaction(self, offsets: Any, metadata: Any, timeout: float) -> None:
            if not self.expelled:
                self.expelled = True
                cluster.broker.expel("group", "group-0")
            super().send_offsets_to_transaction(offsets, metadata, timeout)

    running = CountingRunner(cluster, topics, "group", producer=Expelled(cluster.broker, "group-0"))
    eventually(lambda: len(topics.counted()) == 5)
    eventually(lambda: running.health.ready() == {})
    running.stop()
    assert discrepancies(sent, topics.counted(), topics.states()) == []


def test_while_the_broker_is_away_the_worker_waits_and_goes_on_after(cluster: MemoryCluster) -> None:
    topics = Topics(cluster)
    sent = write(cluster, topics, range(3))
    running = CountingRunner(cluster, topics, "group")
    eventually(lambda: len(topics.counted()) == 3)
    cluster.broker.reachable = False
    eventually(lambda: running.health.live() == {})
    cluster.broker.reachable = True
    sent += write(cluster, topics, range(3, 6))
    eventually(lambda: len(topics.counted()) == 6)
    running.stop()
    assert discrepancies(sent, topics.counted(), topics.states()) == []


def test_the_comparison_finds_a_loss_a_double_a_wrong_order_and_a_wrong_state() -> None:
    sent = [seat_taken(number) for number in range(3)]
    right = [Counted("A1", number, number + 1) for number in range(3)]
    assert discrepancies(sent, right, {"A1": 3}) == []
    assert discrepancies(sent, right[:2], {"A1": 3})
    assert discrepancies(sent, [*right, right[2]], {"A1": 3})
    assert discrepancies(sent, [right[1], right[0], right[2]], {"A1": 3})
    assert discrepancies(sent, right, {"A1": 4})
    assert discrepancies(sent, [*right, Counted("B1", 0, 1)], {"A1": 3})


class ForgetfulTransactions(InMemoryTransactions):
    """The planted fault: outputs are in the log at once, whatever becomes of the transaction."""

    def produce(self, topic: str, value: bytes | None, key: bytes | None, **where: Any) -> None:
        self._broker.append(topic, value, key, where.get("headers") or (), where.get("partition"))

    def commit_transaction(self, timeout: float) -> None:
        if not self._failed:
            self._failed = True
            raise KafkaException(aborting())
        super().commit_transaction(timeout)

    _failed = False


def test_a_producer_that_is_not_transactional_is_found_out_by_the_comparison(cluster: MemoryCluster) -> None:
    topics = Topics(cluster)
    sent = write(cluster, topics, range(4))
    running = CountingRunner(cluster, topics, "group", producer=ForgetfulTransactions(cluster.broker, "group-0"))
    eventually(lambda: len(topics.counted()) == 8)
    running.stop()
    assert discrepancies(sent, topics.counted(), topics.states())


def test_what_a_transition_looks_up_is_prepared_after_records_were_read_and_again_until_it_can_be_had(cluster: MemoryCluster) -> None:
    topics = Topics(cluster)
    sent = write(cluster, topics, range(9), seats=2)
    calls: list[str] = []

    def prepare() -> None:
        calls.append("prepare")
        if calls.count("prepare") <= 2:
            raise StoreUnavailableError("not yet")

    def transition(state: int | None, event: SeatTaken) -> tuple[int | None, Sequence[Counted]]:
        calls.append("transition")
        return count(state, event)

    running = CountingRunner(cluster, topics, "group", transition=transition, prepare=prepare, batch_size=4)
    eventually(lambda: len(topics.counted()) == 9)
    running.stop()
    assert discrepancies(sent, topics.counted(), topics.states()) == []
    assert calls[:4] == ["prepare"] * 3 + ["transition"]
    assert 4 <= calls.count("prepare") <= 2 + 9
