"""The runner of projectors and sinks: read a batch, write it once, then commit.

    poll -> decode -> handler.handle(batch) -> dead letters -> commit

Guarantee: at-least-once in order for each partition; with a handler whose writes are conditional on the event's own version, the
store is effectively once. What cannot be read goes to the dead letters; a store that is away pauses the partitions and the same batch
is tried again, so nothing is skipped. SIGTERM: the batch at hand is written, then committed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from typing import Any

from confluent_kafka import TopicPartition

from shared import metrics
from shared.consumer.backoff import Backoff
from shared.consumer.batch import BATCH_BYTES, Batch
from shared.consumer.client import HUNG_SECONDS, KafkaConsumer, read_messages
from shared.consumer.commits import Commits, CommitStrategy, NotCommittedError
from shared.consumer.dead_letters import DeadLetter, DeadLetters, DeadLettersUnavailableError, dead_letter
from shared.consumer.handler import BatchHandler, Record
from shared.consumer.lag import LagGauge
from shared.health import Health, Heartbeat
from shared.logging import get_logger
from shared.registry import RegistryUnavailableError
from shared.serialization import Decoder, UnreadableError
from shared.stores import StoreUnavailableError

log = get_logger(__name__)


class ConsumerRunner:
    """One a process: `run()` until `stop()`. All of it, the rebalance callbacks included, happens on the calling thread."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        codecs: Mapping[str, Decoder],
        handler: BatchHandler,
        dead_letters: DeadLetters,
        health: Health,
        *,
        batch_size: int = 2000,
        batch_bytes: int = BATCH_BYTES,
        fill_seconds: float = 0.0,
        commits: CommitStrategy = CommitStrategy.AFTER,
        commit_interval_seconds: float = 0.5,
        caught_up_within_records: int = 10_000,
    ) -> None:
        """A batch is handled once it has `batch_size` records or `batch_bytes`, or its first record has waited for `fill_seconds`."""
        self._consumer = consumer
        self._codecs = codecs
        self._handler = handler
        self._dead_letters = dead_letters
        self._batch = Batch(batch_size, batch_bytes, fill_seconds)
        self._commits = Commits(consumer, commits, commit_interval_seconds)
        self._retry = Backoff(first_seconds=0.1, longest_seconds=5.0)
        self._mine: set[tuple[str, int]] = set()
        self._stopping = False
        self._heartbeat = Heartbeat(HUNG_SECONDS)
        self._lag = LagGauge(consumer, caught_up_within_records)
        health.add_live("poll_loop", self._heartbeat.check)
        health.add_ready("partitions", self._lag.check)
        health.add_ready("store", self._retry.check)

    def stop(self) -> None:
        """May be called from a signal handler: the batch at hand is written and committed first."""
        self._stopping = True

    def run(self) -> None:
        """Returns after `stop()`. Raises KafkaException where the client cannot go on; the process is then to be started anew."""
        self._consumer.subscribe(list(self._codecs), on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost)
        try:
            while not self._stopping:
                self._heartbeat.beat()
                self._fill()
                if self._batch and time.monotonic() >= self._due_at():
                    self._handle()
                self._lag.measure(self._commits.waiting)
                self._commits.commit_if_due()
            if self._batch and not self._retry.waiting:  # waits for others to fill its batch, and no longer
                self._handle()
            self._commits.commit_all()
        finally:
            self._consumer.close()

    def _fill(self) -> None:
        if self._batch:
            self._batch.add(self._read(wait=max(0.0, min(0.5, self._due_at() - time.monotonic()))))
            return
        if self._retry.waiting:  # a rebalance took all that waited for the store
            self._settle()
        self._batch.start(self._read(wait=0.25))

    def _due_at(self) -> float:
        return self._retry.until if self._retry.waiting else self._batch.due_at

    def _read(self, wait: float) -> list[Any]:
        messages = read_messages(self._consumer, self._batch.room, wait)
        return [message for message in messages if (message.topic(), message.partition()) in self._mine]

    def _handle(self) -> None:
        try:
            if not self._batch.taken:
                self._commits.taken(self._batch)
                self._batch.taken = True
            with metrics.HANDLE_SECONDS.time():
                records, letters = self._decode()
                letters += [dead_letter(r.record.raw, r.reason) for r in self._handler.handle(records)] if records else []
                if letters:
                    self._dead_letters.publish(letters)
        except (StoreUnavailableError, RegistryUnavailableError, DeadLettersUnavailableError, NotCommittedError) as error:
            self._postpone(error)
        else:
            self._settle()

    def _decode(self) -> tuple[list[Record[Any]], list[DeadLetter]]:
        records: list[Record[Any]] = []
        letters: list[DeadLetter] = []
        for message in self._batch:
            topic = message.topic()
            try:
                event = self._codecs[topic].decode(message.value())
            except UnreadableError as error:
                letters.append(dead_letter(message, str(error)))
            else:
                records.append(Record(topic, message.partition(), message.offset(), message.key(), event, message))
        return records, letters

    def _postpone(self, error: Exception) -> None:
        if not self._retry.waiting:
            # Paused, yet polled: the group keeps this member while the store is away.
            self._consumer.pause(self._consumer.assignment())
            log.warning("store_away", reason=str(error), records=len(self._batch))
        self._retry.failed(error)

    def _settle(self) -> None:
        self._commits.handled(self._batch)
        for topic, count in Counter(message.topic() for message in self._batch).items():
            metrics.HANDLED.labels(topic).inc(count)
        self._batch.clear()
        if self._retry.waiting:
            self._retry.reset()
            self._consumer.resume(self._consumer.assignment())
            log.info("store_back")

    def _on_assign(self, consumer: KafkaConsumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_assign(partitions)
        self._mine |= {(p.topic, p.partition) for p in partitions}
        if self._retry.waiting:
            consumer.pause(partitions)
        else:
            # librdkafka keeps a pause for as long as the process lives: what was taken away paused would come back paused.
            consumer.resume(partitions)
        self._lag.assigned(partitions)
        log.info("assigned", partitions=[f"{p.topic}-{p.partition}" for p in partitions])

    def _on_revoke(self, consumer: KafkaConsumer, partitions: list[TopicPartition]) -> None:
        self._commits.commit([(p.topic, p.partition) for p in partitions], asynchronous=False)
        self._drop(consumer, partitions)

    def _on_lost(self, consumer: KafkaConsumer, partitions: list[TopicPartition]) -> None:
        self._commits.forget([(p.topic, p.partition) for p in partitions])
        self._drop(consumer, partitions)

    def _drop(self, consumer: KafkaConsumer, partitions: list[TopicPartition]) -> None:
        gone = {(p.topic, p.partition) for p in partitions}
        self._mine -= gone
        self._batch.drop(gone)
        self._lag.revoked(partitions)
        consumer.incremental_unassign(partitions)
        log.info("revoked", partitions=sorted(f"{t}-{p}" for t, p in gone))
