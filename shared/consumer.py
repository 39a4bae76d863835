"""The runner of projectors and sinks: read a batch, write it once, then commit.

    poll -> decode -> handler.handle(batch) -> dead letters -> commit

Guarantee: at-least-once in order for each partition; with a handler whose writes are conditional on the event's own version, the
store is effectively once. What cannot be read goes to the dead letters; a store that is away pauses the partitions and the same batch
is tried again, so nothing is skipped. SIGTERM: the batch at hand is written, then committed.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from shared import metrics
from shared.commits import Commits, CommitStrategy, NotCommittedError
from shared.dead_letters import DeadLetter, DeadLetters, DeadLettersUnavailableError
from shared.health import Health, Heartbeat
from shared.lag import LagGauge
from shared.logging import get_logger
from shared.registry import RegistryUnavailableError
from shared.serialization import Decoder, UnreadableError
from shared.stores import StoreUnavailableError

log = get_logger(__name__)

E = TypeVar("E", bound=msgspec.Struct)

SESSION_TIMEOUT_MS = 6000
MAX_POLL_INTERVAL_MS = 300_000
HUNG_SECONDS = 120.0
"""A turn that takes longer will not end; well before the group would take the partitions away."""
BATCH_BYTES = 32 * 1024 * 1024
"""Of values. A read brings no more than the client has fetched ahead, half of this; so a batch is bounded in memory too."""


def consumer_config(
    client: dict[str, Any], group: str, instance: int, *, gather_ms: int = 0, commits: CommitStrategy = CommitStrategy.AFTER
) -> dict[str, Any]:
    """A member of `group` that keeps its partitions over a quick restart (static membership, KIP-345).

    `gather_ms`: let the brokers gather records for so long, or 64 KiB of them, before they answer a fetch. At a few hundred records
    a second most of a broker's work is answering fetches of one record each; who can wait spares it that.
    """
    return client | {
        "group.id": group,
        "group.instance.id": f"{group}-{instance}",
        "client.id": f"{group}-{instance}",
        "enable.auto.commit": commits is CommitStrategy.AUTOMATIC,
        "enable.auto.offset.store": commits is CommitStrategy.AUTOMATIC,
        # A new group owes the view everything that the topic still holds.
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": SESSION_TIMEOUT_MS,
        "heartbeat.interval.ms": 1000,
        "max.poll.interval.ms": MAX_POLL_INTERVAL_MS,
        # A topic that the broker asked had not heard of yet is looked for again soon, not after five minutes with nothing assigned.
        "topic.metadata.refresh.interval.ms": 5000,
        "fetch.min.bytes": 65536 if gather_ms else 1,
        # With nothing to gather the answer comes with the first record, however long the wait may be.
        "fetch.wait.max.ms": gather_ms or 500,
        "queued.max.messages.kbytes": 16384,
        # A full queue is looked at again soon: after the second that librdkafka waits by itself, a fast reader has long been idle.
        "fetch.queue.backoff.ms": 10,
        "log_level": 3,
    }


class Record(msgspec.Struct, Generic[E], frozen=True, gc=False):
    """An event and where it stands in the log. (A Struct: a frozen dataclass takes ten times as long, and there is one for each record.)"""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    event: E
    raw: Any = None
    """The message as it came: dead letters keep its bytes."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A record that its store refuses for good."""

    record: Record[Any]
    reason: str


class BatchHandler(Protocol):
    def handle(self, records: Sequence[Record[Any]]) -> Iterable[Rejection]:
        """Write the batch. On return every record is durable in the store, but for those in the answer, which go to the dead letters.

        Called on the polling thread; may block up to some ten seconds. The same records may come again, alone or in other company: a
        write must be conditional. Raises StoreUnavailableError where nothing or only a part could be written.
        """


class KafkaConsumer(Protocol):
    """What the runner uses of confluent_kafka.Consumer; the in-memory broker offers the same."""

    def subscribe(self, topics: list[str], **callbacks: Any) -> None: ...
    def poll(self, timeout: float) -> Any: ...
    def consume(self, num_messages: int, timeout: float) -> list[Any]: ...
    def commit(self, *, offsets: list[TopicPartition], asynchronous: bool) -> Any: ...
    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]: ...
    def get_watermark_offsets(self, partition: TopicPartition, timeout: float, cached: bool) -> tuple[int, int]: ...
    def assignment(self) -> list[TopicPartition]: ...
    def pause(self, partitions: list[TopicPartition]) -> None: ...
    def resume(self, partitions: list[TopicPartition]) -> None: ...
    def incremental_assign(self, partitions: list[TopicPartition]) -> None: ...
    def incremental_unassign(self, partitions: list[TopicPartition]) -> None: ...
    def close(self) -> None: ...


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
        self._batch_size = batch_size
        self._batch_bytes = batch_bytes
        self._fill = fill_seconds
        self._commits = Commits(consumer, commits, commit_interval_seconds)
        self._stopping = False
        self._pending: list[Any] = []
        self._pending_bytes = 0
        self._taken = False
        self._handle_at = 0.0
        self._mine: set[tuple[str, int]] = set()
        self._retry_at = 0.0
        self._backoff = 0.0
        self._store_reason: str | None = None
        self._heartbeat = Heartbeat(HUNG_SECONDS)
        self._lag = LagGauge(consumer, caught_up_within_records)
        health.add_live("poll_loop", self._heartbeat.check)
        health.add_ready("partitions", self._lag.check)
        health.add_ready("store", lambda: self._store_reason)

    def stop(self) -> None:
        """May be called from a signal handler: the batch at hand is written and committed first."""
        self._stopping = True

    def run(self) -> None:
        """Returns after `stop()`. Raises KafkaException where the client cannot go on; the process is then to be started anew."""
        self._consumer.subscribe(list(self._codecs), on_assign=self._on_assign, on_revoke=self._on_revoke, on_lost=self._on_lost)
        try:
            while not self._stopping:
                self._heartbeat.beat()
                self._turn()
            if self._pending and self._store_reason is None:  # waits for others to fill its batch, and no longer
                self._try_batch()
            self._commits.commit_all()
        finally:
            self._consumer.close()

    def _turn(self) -> None:
        if self._pending:
            more = self._read(wait=max(0.0, min(0.5, self._due_at() - time.monotonic())))
            # Only now: reading runs the rebalance callbacks, which replace the list.
            self._pending += more
            self._pending_bytes += _bytes(more)
        else:
            if self._store_reason is not None:  # a rebalance took all that waited for the store
                self._settle()
            self._pending = self._read(wait=0.25)
            self._pending_bytes = _bytes(self._pending)
            self._taken, self._handle_at = False, time.monotonic() + self._fill
        if self._pending and time.monotonic() >= self._due_at():
            self._try_batch()
        self._lag.measure(self._commits.waiting)
        self._commits.commit_if_due()

    def _due_at(self) -> float:
        """When the batch at hand is to be handled: at once where it is full, later where its store is away."""
        if self._store_reason is not None:
            return self._retry_at
        full = len(self._pending) >= self._batch_size or self._pending_bytes >= self._batch_bytes
        return 0.0 if full else self._handle_at

    def _read(self, wait: float) -> list[Any]:
        """Wait for the first message only, then take what is there: `consume(n, t)` alone would wait the whole t for n."""
        room = self._batch_size - len(self._pending)
        first = self._consumer.poll(wait)
        if first is None:
            return []
        # A rebalance may give this member more while its store is away and all of its partitions are paused.
        messages = [first, *(self._consumer.consume(room - 1, 0) if room > 1 else ())]
        # `consume` may have taken away the partition of what `poll` had given.
        return [message for message in messages if not _failed(message) and (message.topic(), message.partition()) in self._mine]

    def _try_batch(self) -> None:
        try:
            if not self._taken:
                self._commits.taken(self._pending)
                self._taken = True
            with metrics.HANDLE_SECONDS.time():
                records, letters = self._decode(self._pending)
                letters += [dead_letter(r.record.raw, r.reason) for r in self._handler.handle(records)] if records else []
                if letters:
                    self._dead_letters.publish(letters)
        except (StoreUnavailableError, RegistryUnavailableError, DeadLettersUnavailableError, NotCommittedError) as error:
            self._postpone(error)
            return
        self._settle()

    def _decode(self, messages: list[Any]) -> tuple[list[Record[Any]], list[DeadLetter]]:
        records: list[Record[Any]] = []
        letters: list[DeadLetter] = []
        for message in messages:
            topic = message.topic()
            try:
                event = self._codecs[topic].decode(message.value())
            except UnreadableError as error:
                letters.append(dead_letter(message, str(error)))
            else:
                records.append(Record(topic, message.partition(), message.offset(), message.key(), event, message))
        return records, letters

    def _postpone(self, error: Exception) -> None:
        metrics.RETRIES.inc()
        if self._store_reason is None:
            # Paused, yet polled: the group keeps this member while the store is away.
            self._consumer.pause(self._consumer.assignment())
            log.warning("store_away", reason=str(error), records=len(self._pending))
        self._store_reason = str(error)
        self._backoff = min(5.0, self._backoff * 2 or 0.1)
        self._retry_at = time.monotonic() + self._backoff

    def _settle(self) -> None:
        self._commits.handled(self._pending)
        for topic, count in Counter(message.topic() for message in self._pending).items():
            metrics.HANDLED.labels(topic).inc(count)
        self._pending = []
        self._backoff = 0.0
        if self._store_reason is not None:
            self._store_reason = None
            self._consumer.resume(self._consumer.assignment())
            log.info("store_back")

    def _on_assign(self, consumer: KafkaConsumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_assign(partitions)
        self._mine |= {(p.topic, p.partition) for p in partitions}
        if self._store_reason is not None:
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
        self._pending = [m for m in self._pending if (m.topic(), m.partition()) not in gone]
        self._pending_bytes = _bytes(self._pending)
        self._lag.revoked(partitions)
        consumer.incremental_unassign(partitions)
        log.info("revoked", partitions=sorted(f"{t}-{p}" for t, p in gone))


def _bytes(messages: Iterable[Any]) -> int:
    return sum(len(message.value() or b"") for message in messages)


def _failed(message: Any) -> bool:
    error: KafkaError | None = message.error()
    if error is not None:
        raise_or_warn(error)
    return error is not None


def raise_or_warn(error: KafkaError) -> None:
    """What a consumer was given instead of a record: raises KafkaException where it cannot go on, and else only tells of it."""
    # A fenced static member gets one message with this code, and then silence; `fatal()` is about producers.
    if error.code() == KafkaError._FATAL or error.fatal():
        raise KafkaException(error)
    log.warning("consumer_error", error=error.str(), code=error.name())


def dead_letter(message: Any, reason: str) -> DeadLetter:
    """Of a message as the consumer gave it."""
    return DeadLetter(
        message.topic(),
        message.partition(),
        message.offset(),
        message.key(),
        message.value(),
        reason,
        tuple(message.headers() or ()),
    )
