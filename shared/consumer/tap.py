"""A view of records as they pass through topics, for people who watch: sampled, never stored, and no group that anything waits for."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol
from weakref import WeakSet

import msgspec
from confluent_kafka import Consumer, KafkaException, TopicPartition

from shared.consumer.tap_reader import TapReader
from shared.serialization import AvroCodec

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


class TopicTap:
    """Reads from the end of every partition while at least one client watches, decodes what is shown once for all of them."""

    def __init__(self, client: Mapping[str, Any], codecs: Mapping[str, AvroCodec[Any]], consumer: Callable[[Any], Any] = Consumer) -> None:
        self._client = dict(client)
        self._codecs = codecs
        self._open_consumer = consumer
        # Weak: an answer that is never sent, since its client has gone, is no viewer.
        self._viewers: WeakSet[Viewer] = WeakSet()
        self._starting = asyncio.Lock()
        self._reader: TapReader | None = None

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[tuple[str, bytes]]]:
        """Raises TapUnavailableError while the cluster cannot be reached."""
        async with self._starting:
            if self._reader is None or self._reader.done:
                consumer, starts = await asyncio.to_thread(self._open)
                self._reader = TapReader(consumer, starts, self._codecs, self._deliver, self._break, asyncio.get_running_loop())
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
