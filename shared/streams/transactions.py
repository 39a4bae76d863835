"""A producer's transactions with their errors sorted: tried again, aborted, or the end of the process (KIP-98, KIP-447)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from confluent_kafka import KafkaException, TopicPartition

from shared.consumer.client import SESSION_TIMEOUT_MS
from shared.logging import get_logger
from shared.producer import PRODUCER_CONFIG

log = get_logger(__name__)

T = TypeVar("T")

TRANSACTION_TIMEOUT_MS = 10_000
"""So long may an open transaction of a dead worker hide what others wrote after it, and hold up who takes its partitions over."""
PATIENCE_SECONDS = 3 * TRANSACTION_TIMEOUT_MS / 1000
"""For a cluster that is away, and for other workers' transactions to end."""
HUNG_SECONDS = 30.0
"""Each call is given SESSION_TIMEOUT_MS, and may take a multiple where it waits for another's transaction; one was seen not to come back
at all, after the coordinator of the group had been killed."""
EXIT_CODE = 70


class TransactionalProducer(Protocol):
    """What is used of confluent_kafka.Producer; the in-memory broker offers the same."""

    def init_transactions(self, timeout: float) -> None: ...
    def begin_transaction(self) -> None: ...
    def produce(self, topic: str, value: bytes | None, key: bytes | None, **where: Any) -> None: ...
    def poll(self, timeout: float) -> Any: ...
    def flush(self, timeout: float) -> int: ...
    def send_offsets_to_transaction(self, offsets: list[TopicPartition], metadata: Any, timeout: float) -> None: ...
    def commit_transaction(self, timeout: float) -> None: ...
    def abort_transaction(self, timeout: float) -> None: ...


class TransactionAbortedError(Exception):
    """Nothing of the transaction was written: read its records again."""


class TransactionInDoubtError(Exception):
    """Neither committed nor aborted, as far as is known here: the process is to end, its successor will find out."""


def transactional_config(client: dict[str, Any], group: str, instance: int) -> dict[str, Any]:
    """A producer named by application and slot: who starts in a slot ends the open transaction of who was there before."""
    return (
        PRODUCER_CONFIG
        | client
        | {
            "transactional.id": f"{group}-{instance}",
            "client.id": f"{group}-{instance}",
            "transaction.timeout.ms": TRANSACTION_TIMEOUT_MS,
            "delivery.timeout.ms": TRANSACTION_TIMEOUT_MS,
            # A commit sends what waits at once; until then batches may fill.
            "linger.ms": 20,
            "log_level": 3,
        }
    )


class Transactions:
    """One at a time, on one thread. Fatal errors (a newer producer has the same id) are raised as KafkaException by every call."""

    def __init__(
        self, producer: TransactionalProducer, exit_process: Callable[[int], Any] = os._exit, hung_after_seconds: float = HUNG_SECONDS
    ) -> None:
        """`exit_process` is called where a call does not come back: a new process ends the transaction that this one has open."""
        self._producer = producer
        self._exit = exit_process
        self._hung_after = hung_after_seconds
        self._called_at: float | None = None

    def open(self) -> None:
        """Once, first: ends whatever transaction the id had open, and fences who opened it."""
        threading.Thread(target=self._watch, name="transactions-watch", daemon=True).start()
        self._patiently(self._producer.init_transactions)

    def produce(self, topic: str, value: bytes | None, key: bytes | None, **where: Any) -> None:
        """Inside `run`; waits where the producer's queue is full."""
        while True:
            try:
                return self._producer.produce(topic, value, key, **where)
            except BufferError:
                self._producer.poll(0.1)

    def flush(self) -> None:
        """Inside `run`: returns once all that was produced so far is in every in-sync replica, though not to be read yet.

        Raises TransactionAbortedError where it took longer than a transaction may; what failed sooner fails the commit.
        """
        if self._producer.flush(TRANSACTION_TIMEOUT_MS / 1000):
            raise TransactionAbortedError("the log did not acknowledge in time")

    def run(self, work: Callable[[], T], offsets: Sequence[TopicPartition] = (), metadata: Any = None) -> T:
        """What `work` produces and the group's new offsets become visible together; blocks until they are.

        Raises TransactionAbortedError, TransactionInDoubtError, or what `work` raised; then the transaction was aborted.
        """
        self._producer.begin_transaction()
        try:
            done = work()
            if offsets:
                self._patiently(lambda timeout: self._producer.send_offsets_to_transaction(list(offsets), metadata, timeout))
            self._patiently(self._producer.commit_transaction)
        except KafkaException as error:
            if error.args[0].fatal():
                raise
            self._abort()
            raise TransactionAbortedError(str(error)) from error
        except Exception:
            self._abort()
            raise
        return done

    def _abort(self) -> None:
        try:
            self._patiently(self._producer.abort_transaction)
        except KafkaException as error:
            raise TransactionInDoubtError(str(error)) from error

    def _patiently(self, call: Callable[[float], None]) -> None:
        """Calls again what only took too long; what else goes wrong, or takes PATIENCE_SECONDS, is raised."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            self._called_at = time.monotonic()
            try:
                return call(SESSION_TIMEOUT_MS / 1000)
            except KafkaException as error:
                if not error.args[0].retriable() or time.monotonic() > deadline:
                    raise
            finally:
                self._called_at = None
            time.sleep(0.05)

    def _watch(self) -> None:
        while not self._hangs():
            time.sleep(self._hung_after / 4)
        self._exit(EXIT_CODE)

    def _hangs(self) -> bool:
        called_at = self._called_at
        if called_at is None or time.monotonic() - called_at <= self._hung_after:
            return False
        log.error("transaction_hangs", seconds=round(time.monotonic() - called_at, 1))
        return True
