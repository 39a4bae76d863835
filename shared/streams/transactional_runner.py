"""The runner for what must be exact and fast: from one topic to others, state included, in transactions.

    consume -> decode -> transition(state, event) -> outputs, changed states, dead letters -> offsets -> commit

Guarantee: exactly once, as a reader on read_committed sees it: offsets, outputs and states of a batch become visible together or
not at all, whoever is killed (KIP-98, KIP-447). State is in memory, one entry a key, and in a compacted topic with as many partitions as
the source. An aborted transaction's records are handled again; what else goes wrong ends the process, to be started anew.
It has no windows, no joins, no standbys and no state beyond memory, and is not to grow them: engines that have them exist.
"""

from __future__ import annotations

import threading
import time
from typing import Any, Generic, Protocol, TypeVar

from confluent_kafka import KafkaException, TopicPartition

from shared import metrics
from shared.consumer.backoff import Backoff
from shared.consumer.client import HUNG_SECONDS, KafkaConsumer, read_messages
from shared.consumer.dead_letters import as_written, dead_letter, report
from shared.consumer.lag import LagGauge
from shared.envelope import Headers, cloud_event
from shared.health import Health, Heartbeat
from shared.logging import get_logger
from shared.registry import RegistryUnavailableError
from shared.serialization import UnreadableError
from shared.stores import StoreUnavailableError
from shared.streams.keyed_state import Changes, KeyedState
from shared.streams.processor import Processor
from shared.streams.state_log import StateLog
from shared.streams.transactions import PATIENCE_SECONDS, TransactionAbortedError, Transactions

log = get_logger(__name__)

S = TypeVar("S")

BATCH_SIZE = 25_000
"""The more records share a transaction, the fewer commits there are, and the fewer changes of the same key are written. A tenth of a
second or two at full speed, and some 25 MB."""


class TransactionalConsumer(KafkaConsumer, Protocol):
    def consumer_group_metadata(self) -> Any: ...


class TransactionalRunner(Generic[S]):
    """One a process: `run()` until `stop()`."""

    def __init__(
        self,
        consumer: TransactionalConsumer,
        transactions: Transactions,
        group: str,
        processor: Processor,
        state_log: StateLog,
        health: Health,
        *,
        batch_size: int = BATCH_SIZE,
        gather_seconds: float = 0.1,
        caught_up_within_records: int = 10_000,
    ) -> None:
        """A transaction takes up to `batch_size` records, and waits `gather_seconds` for them: the longest that a lone record waits."""
        self._consumer = consumer
        self._transactions = transactions
        self._group = group
        self._topic = processor.source.topic
        self._processor = processor
        self._headers = processor.headers or self._cloud_event
        self._state: KeyedState[S] = KeyedState(state_log, processor.state_type)
        self._batch_size = batch_size
        self._gather = gather_seconds
        self._next: dict[int, int] = {}
        """Of each partition at hand the offset after the last one committed; below 0 where nothing was."""
        self._again: list[Any] = []
        self._retry = Backoff(first_seconds=0.05, longest_seconds=1.0)
        self._stopping = threading.Event()
        self._heartbeat = Heartbeat(HUNG_SECONDS)
        self._lag = LagGauge(consumer, caught_up_within_records)
        health.add_live("poll_loop", self._heartbeat.check)
        health.add_ready("partitions", self._lag.check)
        health.add_ready("transactions", self._retry.check)

    def stop(self) -> None:
        """May be called from a signal handler: the batch at hand is committed first."""
        self._stopping.set()

    def run(self) -> None:
        """Returns after `stop()`. Raises where the worker cannot go on; the process is then to be started anew."""
        try:
            self._transactions.open()
            self._consumer.subscribe([self._topic], on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_revoke)
            while not self._stopping.is_set():
                self._heartbeat.beat()
                messages, ends = self._read()
                if messages:
                    self._handle(messages, ends)
                self._lag.measure({(self._topic, p): offset for p, offset in self._next.items() if offset >= 0})
        finally:
            self._consumer.close()

    def _read(self) -> tuple[list[Any], dict[int, int]]:
        """Records that nobody has handled yet, and the offsets after the last ones by partition."""
        if self._again:
            self._stopping.wait(self._retry.seconds)
            # The group may have moved on: only a read runs the callbacks that tell.
            messages = self._again + read_messages(self._consumer, 1, 0)
        else:
            messages = read_messages(self._consumer, self._batch_size, 0.25, self._gather)
        # A rebalance in between may have taken a partition, or given it back at another offset.
        expected = dict(self._next)
        fresh = []
        for message in messages:
            partition, offset = message.partition(), message.offset()
            if partition in expected and offset >= expected[partition]:
                expected[partition] = offset + 1
                fresh.append(message)
        self._again = []
        if not fresh:  # what was to be handled again is another member's now
            self._retry.reset()
        return fresh, {partition: end for partition, end in expected.items() if end != self._next[partition]}

    def _handle(self, messages: list[Any], ends: dict[int, int]) -> None:
        offsets = [TopicPartition(self._topic, partition, end) for partition, end in ends.items()]
        try:
            if self._processor.prepare is not None:
                self._processor.prepare()
            with metrics.HANDLE_SECONDS.time():
                changes = self._transactions.run(lambda: self._work(messages), offsets, self._consumer.consumer_group_metadata())
        except (TransactionAbortedError, RegistryUnavailableError, StoreUnavailableError) as error:
            self._again = messages
            self._retry.failed(error)
            log.warning("transaction_aborted", reason=str(error), records=len(messages))
        else:
            self._next |= ends
            self._state.apply(changes)
            metrics.HANDLED.labels(self._topic).inc(len(messages))
            self._retry.reset()

    def _work(self, messages: list[Any]) -> Changes[S]:
        """Produce all that follows from these records, and say how states change: they do once that is committed."""
        changes, known = self._state.no_changes(), self._state.partitions
        (_, codec, key_of), _, transition, outputs, *_ = self._processor
        decode, produce, headers = codec.decode, self._transactions.produce, self._headers
        for message in messages:
            try:
                event = decode(message.value())
            except UnreadableError as error:
                self._bury(message, str(error))
                continue
            partition, key = message.partition(), key_of(event)
            changed = changes[partition]
            before = changed[key] if key in changed else known[partition].get(key)
            after, events = transition(before, event)
            if after is not before:
                changed[key] = after
            for output in events:
                place = outputs[type(output)]
                produce(place.topic, place.codec.encode(output), place.key(output), headers=headers(output))
        self._state.write(changes, produce)
        return changes

    def _bury(self, message: Any, reason: str) -> None:
        letter = dead_letter(message, reason)
        topic, key, value, headers = as_written(letter, self._group)
        self._transactions.produce(topic, value, key, headers=headers)
        report(letter)

    def _cloud_event(self, event: Any) -> Headers:
        return cloud_event(self._group, type(event).__name__, event.event_id, event.occurred_at)

    def _on_assign(self, consumer: TransactionalConsumer, partitions: list[TopicPartition]) -> None:
        # First the offsets, then the state: once the offsets are stable, nobody whom the group has left behind can commit any more,
        # so that the state read after them is what stood when they were committed.
        stable = self._stable_offsets(partitions) if partitions else []
        numbers = [p.partition for p in stable]
        keys = self._state.restore(numbers)
        self._next |= {p.partition: p.offset for p in stable}
        consumer.incremental_assign(stable)
        self._lag.assigned(partitions)
        log.info("assigned", partitions=numbers, keys=keys)

    def _stable_offsets(self, partitions: list[TopicPartition]) -> list[TopicPartition]:
        """What the group has committed, once no open transaction can change it."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                found = self._consumer.committed(partitions, timeout=5)
                error = next((p.error for p in found if p.error is not None), None)
                if error is None:
                    return found
            except KafkaException as raised:
                error = raised.args[0]
            if time.monotonic() > deadline:
                raise KafkaException(error)
            time.sleep(0.05)

    def _on_revoke(self, consumer: TransactionalConsumer, partitions: list[TopicPartition]) -> None:
        # Callbacks run while records are read, when no transaction is open: there is nothing to commit.
        for partition in partitions:
            self._state.release(partition.partition)
            self._next.pop(partition.partition, None)
        self._lag.revoked(partitions)
        consumer.incremental_unassign(partitions)
        log.info("revoked", partitions=[p.partition for p in partitions])
