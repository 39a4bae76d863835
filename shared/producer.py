"""A producer for asyncio services that answers once the cluster has acknowledged.

confluent-kafka's `Producer` with a poll thread: deliveries are handed to the event loop in bulk. Its own AIOProducer needs two seconds for
one awaited message and knows no headers (docs/adr/0003).
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Iterable
from typing import Any, Protocol, TypeVar

import msgspec
from confluent_kafka import KafkaError, KafkaException, Producer

from shared import metrics
from shared.envelope import cloud_event
from shared.logging import get_logger
from shared.serialization import Encoder
from shared.topics import Topic

log = get_logger(__name__)

DELIVERY_TIMEOUT_MS = 30_000
"""Longer than a cluster needs to replace a killed active controller (9.2 s measured): a fail-over is a delay, not an error."""

PRODUCER_CONFIG: dict[str, Any] = {
    "enable.idempotence": True,
    "acks": "all",
    "compression.type": "lz4",
    # At some hundred records a second the brokers' work is requests: docs/adr/0011 has what waiting so long spares them.
    "linger.ms": 20,
    "delivery.timeout.ms": DELIVERY_TIMEOUT_MS,
    # Java's default partitioner: faust and every JVM client put a key in the same partition.
    "partitioner": "murmur2_random",
    "queue.buffering.max.messages": 200_000,
}


class PublishedEvent(Protocol):
    """What every event carries, whatever else."""

    @property
    def event_id(self) -> str: ...
    @property
    def occurred_at(self) -> int: ...


Event = TypeVar("Event", bound=msgspec.Struct)


class BrokerUnavailableError(ConnectionError):
    """The cluster did not acknowledge in time. The records may be in the log all the same: publish again with the same event ids."""


class Publisher(Protocol):
    """What a command API needs of the log."""

    async def publish(self, topic: Topic[Event], codec: Encoder, events: Iterable[Event]) -> None:
        """Returns once all are acknowledged. Raises BrokerUnavailableError: some may be in the log, repeat with the same event ids."""

    def check(self) -> str | None:
        """For Health: None while the log can be reached."""

    async def close(self) -> None: ...


class EventPublisher:
    """One a process. Create inside the running event loop; `close` before it ends.

    `publish` returns only after every record was acknowledged by all in-sync replicas (acks=all, idempotent). It raises
    BrokerUnavailableError where one was not: at once while no broker can be reached, otherwise after the delivery timeout.
    """

    def __init__(self, source: str, client: dict[str, Any]) -> None:
        self._source = source
        self._loop = asyncio.get_running_loop()
        self._unreachable = threading.Event()
        self._closing = threading.Event()
        self._settled: deque[tuple[asyncio.Future[None], KafkaError | None]] = deque()
        self._wake_up_sent = False
        self._producer = Producer(PRODUCER_CONFIG | client | {"client.id": source, "error_cb": self._on_error, "log_level": 3})
        self._poller = threading.Thread(target=self._poll, name="producer-poll", daemon=True)
        self._poller.start()

    async def publish(self, topic: Topic[Event], codec: Encoder, events: Iterable[Event]) -> None:
        if self._unreachable.is_set():
            raise BrokerUnavailableError("no broker can be reached")
        records = [self._record(topic, codec, event) for event in events]
        if not records:
            return
        done: asyncio.Future[None] = self._loop.create_future()
        batch = _Batch(len(records), done, self)
        produce = self._producer.produce
        name = topic.name
        for position, (key, value, headers) in enumerate(records):
            try:
                produce(name, value, key, on_delivery=batch.delivered, headers=headers)
            except (BufferError, KafkaException) as error:
                # The records before this one are on their way: the caller hears of failure, and repeats all with the same ids.
                batch.give_up(len(records) - position, error)
                break
        await done
        metrics.ACKNOWLEDGED.labels(name).inc(len(records))

    def check(self) -> str | None:
        """For Health: whether a broker can be reached."""
        return "no broker can be reached" if self._unreachable.is_set() else None

    async def close(self) -> None:
        """Deliver what is on its way, up to 10 seconds."""
        await asyncio.to_thread(self._producer.flush, 10)
        self._closing.set()
        await asyncio.to_thread(self._poller.join, 2)

    def _record(self, topic: Topic[Event], codec: Encoder, event: Event) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
        published: PublishedEvent = event  # type: ignore[assignment]
        headers = cloud_event(self._source, type(event).__name__, published.event_id, published.occurred_at, codec.content_type)
        return topic.key_of(event), codec.encode(event), headers

    def _on_error(self, error: KafkaError) -> None:
        if error.code() == KafkaError._ALL_BROKERS_DOWN and not self._unreachable.is_set():
            log.warning("brokers_unreachable", reason=error.str())
            self._unreachable.set()

    def _poll(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(0.2)
            if self._unreachable.is_set():
                self._look_for_a_broker()

    def _look_for_a_broker(self) -> None:
        try:
            self._producer.list_topics(timeout=1)
        except KafkaException:
            return
        log.info("brokers_reachable_again")
        self._unreachable.clear()

    def settle(self, done: asyncio.Future[None], error: KafkaError | None) -> None:
        """Hand an outcome to the loop; called on the poll thread. One wake-up of the loop serves all outcomes that wait."""
        self._settled.append((done, error))
        if not self._wake_up_sent:
            self._wake_up_sent = True
            self._loop.call_soon_threadsafe(self._resolve)

    def _resolve(self) -> None:
        # Cleared first: an outcome appended after the last popleft sends a wake-up of its own.
        self._wake_up_sent = False
        while self._settled:
            done, error = self._settled.popleft()
            if done.done():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(BrokerUnavailableError(str(error)))


class _Batch:
    """Counts the deliveries of one `publish`; touched by the poll thread, and by the loop in `give_up` only."""

    def __init__(self, records: int, done: asyncio.Future[None], publisher: EventPublisher) -> None:
        self._outstanding = records
        self._done = done
        self._publisher = publisher
        self._error: KafkaError | None = None
        self._lock = threading.Lock()

    def delivered(self, error: KafkaError | None, message: Any) -> None:
        if error is not None:
            metrics.FAILED.labels(message.topic()).inc()
        self._count(1, error)

    def give_up(self, records: int, error: Exception) -> None:
        self._count(records, KafkaError(KafkaError._QUEUE_FULL, str(error)))

    def _count(self, records: int, error: KafkaError | None) -> None:
        with self._lock:
            self._outstanding -= records
            self._error = self._error or error
            if self._outstanding == 0:
                self._publisher.settle(self._done, self._error)
