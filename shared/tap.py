"""A view of records as they pass through topics, for people who watch: sampled, never stored, and no group that anything waits for."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol
from weakref import WeakSet

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition

from shared.clock import to_rfc3339
from shared.logging import get_logger
from shared.registry import RegistryUnavailableError
from shared.serialization import AvroCodec, UnreadableError

log = get_logger(__name__)

TICK_SECONDS = 0.05
READ_AT_ONCE = 500
"""Records read in a tick; what a busier topic has more is counted and skipped, so that watching costs little under any load."""
SHOWN_PER_SECOND = 150.0
BURST = 50.0
"""With SHOWN_PER_SECOND at most 200 records in any second."""
WAITING_MESSAGES = 400
"""What a slow client may be behind before its oldest messages are dropped."""

_encode = msgspec.json.Encoder().encode


class Tap(Protocol):
    def watch(self) -> Any:
        """An async context: an iterator of (event name, JSON). What is published once it is entered passes through."""


class TapUnavailableError(ConnectionError):
    """The topics cannot be read now."""


class Viewer:
    """One client's bounded queue; lives on the event loop."""

    def __init__(self) -> None:
        self._messages: deque[tuple[str, bytes]] = deque()
        self._arrived = asyncio.Event()
        self._dropped = 0
        self._failed = False

    def offer(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Never blocks: the oldest go where the client is too slow."""
        self._messages.extend(messages)
        while len(self._messages) > WAITING_MESSAGES:
            self._messages.popleft()
            self._dropped += 1
        self._arrived.set()

    def fail(self) -> None:
        self._failed = True
        self._arrived.set()

    async def messages(self) -> AsyncIterator[tuple[str, bytes]]:
        """`("", record)` for a record, and `rates` and `dropped`; ends when the tap breaks."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                yield "dropped", _encode({"dropped": dropped})
            while self._messages:
                yield self._messages.popleft()
            if self._failed:
                return


class Sampler:
    """Chooses evenly among what arrived in a tick, SHOWN_PER_SECOND in the long run."""

    def __init__(self) -> None:
        self._tokens = BURST

    def choose(self, messages: list[Any], seconds: float) -> list[Any]:
        self._tokens = min(BURST, self._tokens + SHOWN_PER_SECOND * seconds)
        shown = min(len(messages), int(self._tokens))
        self._tokens -= shown
        if shown == len(messages):
            return messages
        return [messages[i * len(messages) // shown] for i in range(shown)]


class TopicTap:
    """Reads from the end of every partition while at least one client watches, decodes what is shown once for all of them."""

    def __init__(self, client: Mapping[str, Any], codecs: Mapping[str, AvroCodec[Any]], consumer: Callable[[Any], Any] = Consumer) -> None:
        self._client = dict(client)
        self._codecs = codecs
        self._open_consumer = consumer
        # Weak: an answer that is never sent, since its client has gone, is no viewer.
        self._viewers: WeakSet[Viewer] = WeakSet()
        self._starting = asyncio.Lock()
        self._reader: _Reader | None = None

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[tuple[str, bytes]]]:
        """Raises TapUnavailableError while the cluster cannot be reached."""
        async with self._starting:
            if self._reader is None or self._reader.done:
                consumer, starts = await asyncio.to_thread(self._open)
                self._reader = _Reader(consumer, starts, self._codecs, self._deliver, self._break, asyncio.get_running_loop())
        viewer = Viewer()
        self._viewers.add(viewer)
        try:
            yield viewer.messages()
        finally:
            self._viewers.discard(viewer)
            self._stop_unwatched()

    def _open(self) -> tuple[Any, list[TopicPartition]]:
        # librdkafka wants a group's name; without subscribe and commit no group comes to be.
        consumer = self._open_consumer(self._client | {"group.id": "tap", "enable.auto.commit": False, "log_level": 3})
        try:
            starts = _ends(consumer, self._codecs)
            consumer.assign(starts)
        except KafkaException as error:
            consumer.close()
            raise TapUnavailableError(str(error)) from error
        return consumer, starts

    def _stop_unwatched(self) -> None:
        if not self._viewers and self._reader is not None:
            self._reader.stop()
            self._reader = None

    def _deliver(self, messages: list[tuple[str, bytes]]) -> None:
        self._stop_unwatched()
        for viewer in self._viewers:
            viewer.offer(messages)

    def _break(self) -> None:
        for viewer in self._viewers:
            viewer.fail()


def _ends(consumer: Any, topics: Iterable[str]) -> list[TopicPartition]:
    """Numbers instead of OFFSET_END, which is found at the first fetch only: what is published meanwhile would not be seen."""
    ends = []
    for topic in topics:
        for partition in consumer.list_topics(topic, timeout=5).topics[topic].partitions:
            _, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=5)
            ends.append(TopicPartition(topic, partition, high))
    return ends


class _Reader(threading.Thread):
    """Polls on a thread of its own; everything for clients is handed to the loop."""

    def __init__(
        self,
        consumer: Any,
        starts: list[TopicPartition],
        codecs: Mapping[str, AvroCodec[Any]],
        deliver: Callable[[list[tuple[str, bytes]]], None],
        broken: Callable[[], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(name="tap", daemon=True)
        self._consumer = consumer
        self._codecs = codecs
        self._deliver = deliver
        self._broken = broken
        self._loop = loop
        self._stopping = threading.Event()
        self._sampler = Sampler()
        self._counts: Counter[str] = Counter()
        self._next = {(start.topic, start.partition): start.offset for start in starts}
        self._told_at = time.monotonic()
        self.done = False
        self.start()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        try:
            ticked_at = time.monotonic()
            while not self._stopping.is_set():
                messages = self._consumer.consume(READ_AT_ONCE, TICK_SECONDS)
                now = time.monotonic()
                self._show([m for m in messages if m.error() is None], now - ticked_at)
                ticked_at = now
                if len(messages) == READ_AT_ONCE:
                    self._skip()
        except Exception:
            log.exception("tap_broken")
            self._hand_over(self._broken)
        finally:
            self.done = True
            self._consumer.close()

    def _show(self, messages: list[Any], seconds: float) -> None:
        for message in messages:
            self._counts[message.topic()] += 1
            self._next[message.topic(), message.partition()] = message.offset() + 1
        shown = [("", body) for message in self._sampler.choose(messages, seconds) if (body := self._body(message))]
        elapsed = time.monotonic() - self._told_at
        if elapsed >= 1:
            rates = {topic: round(self._counts[topic] / elapsed, 1) for topic in self._codecs}
            shown.append(("rates", _encode({"per_second": rates})))
            self._counts.clear()
            self._told_at += elapsed
        if shown:
            self._hand_over(self._deliver, shown)

    def _body(self, message: Any) -> bytes | None:
        try:
            event = self._codecs[message.topic()].decode(message.value())
        except (UnreadableError, RegistryUnavailableError):
            return None
        value = msgspec.to_builtins(event)
        value["occurred_at"] = to_rfc3339(value["occurred_at"])
        record = {
            "topic": message.topic(),
            "partition": message.partition(),
            "offset": message.offset(),
            "key": (message.key() or b"").decode(errors="replace"),
            "timestamp": message.timestamp()[1],
            "type": type(event).__name__,
            "event_id": value["event_id"],
            "value": value,
        }
        return _encode(record)

    def _skip(self) -> None:
        skipped = 0
        for (topic, partition), position in self._next.items():
            _, high = self._consumer.get_watermark_offsets(TopicPartition(topic, partition), cached=True)
            if high - position > READ_AT_ONCE:
                self._counts[topic] += high - position
                skipped += high - position
                self._next[topic, partition] = high
        if skipped:
            # Not seek(): it fails on a partition that is not being fetched yet.
            self._consumer.assign([TopicPartition(topic, partition, offset) for (topic, partition), offset in self._next.items()])

    def _hand_over(self, function: Callable[..., None], *arguments: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)
