"""Watching topics: what passes is seen, evenly sampled, counted truly, and nobody who is slow or gone costs anything."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from confluent_kafka import KafkaError, KafkaException

from shared.consumer import tap_reader
from shared.consumer.tap import WAITING_MESSAGES, TapUnavailableError, TopicTap, Viewer
from shared.consumer.tap_reader import BURST, READ_AT_ONCE
from shared.registry import InMemorySchemaRegistry
from shared.serialization import AvroCodec
from shared.testing.eventually import eventually, eventually_async
from shared.topics import Topic


class LampSwitched(msgspec.Struct, frozen=True):
    event_id: str
    lamp_id: str
    occurred_at: int


SCHEMA = {
    "type": "record",
    "name": "LampSwitched",
    "fields": [{"name": "event_id", "type": "string"}, {"name": "lamp_id", "type": "string"}, {"name": "occurred_at", "type": "long"}],
}
LAMPS: Topic[LampSwitched] = Topic("home.lamps", LampSwitched, key="lamp_id")


def codec() -> AvroCodec[LampSwitched]:
    registry = InMemorySchemaRegistry()
    registry.register("home.lamps-value", SCHEMA)
    return AvroCodec(LAMPS, SCHEMA, registry)


class Message:
    def __init__(self, offset: int, value: bytes) -> None:
        self._offset, self._value = offset, value

    def error(self) -> None:
        return None

    def topic(self) -> str:
        return LAMPS.name

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self._offset

    def key(self) -> bytes:
        return b"lamp-1"

    def value(self) -> bytes:
        return self._value

    def timestamp(self) -> tuple[int, int]:
        return 1, 1_700_000_000_123


class FakeConsumer:
    """One partition; `pass_by` is what a producer does."""

    def __init__(self, config: Any = None, away: bool = False) -> None:
        self.assigned: list[int] = []
        self.closed = threading.Event()
        self.high = 7
        self.broken = False
        self.now = 1000.0
        self._read = 0
        self._away = away
        self._messages: SimpleQueue[Message] = SimpleQueue()
        self._passing = threading.Lock()
        self._codec = codec()

    def pass_by(self, count: int, value: bytes | None = None, and_more: int = 0) -> None:
        """All at once, as a broker shows what was flushed; `and_more` of them are never fetched."""
        with self._passing:
            for _ in range(count):
                event = LampSwitched(f"event-{self.high}", "lamp-1", 1_700_000_000_000_000)
                self._messages.put(Message(self.high, value if value is not None else self._codec.encode(event)))
                self.high += 1
            self.high += and_more

    def list_topics(self, topic: str, timeout: float) -> Any:
        if self._away:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        return SimpleNamespace(topics={topic: SimpleNamespace(partitions={0: None})})

    def get_watermark_offsets(self, partition: Any, timeout: float = 0, cached: bool = False) -> tuple[int, int]:
        return 0, self.high

    def assign(self, partitions: list[Any]) -> None:
        self.assigned.append(partitions[0].offset)

    def consume(self, count: int, timeout: float) -> list[Message]:
        if self.broken:
            raise RuntimeError("broken")
        try:
            messages = [self._messages.get(timeout=timeout)]
            with self._passing:
                while len(messages) < count:
                    messages.append(self._messages.get_nowait())
        except Empty:
            messages = locals().get("messages", [])
        self._read += len(messages)
        # Once all that came has been read, time passes: a second a turn.
        self.now += 1 if self._read and not messages else 0
        return messages

    def close(self) -> None:
        self.closed.set()


def on_its_clock(monkeypatch: pytest.MonkeyPatch) -> FakeConsumer:
    consumer = FakeConsumer()
    monkeypatch.setattr(tap_reader, "time", SimpleNamespace(monotonic=lambda: consumer.now))
    return consumer


def watch(consumer: FakeConsumer, use: Callable[[Any], Any]) -> Any:
    """`use` gets the messages of one client."""

    async def run() -> Any:
        tap = TopicTap({}, {LAMPS.name: codec()}, lambda _: consumer)
        async with asyncio.timeout(10), tap.watch() as messages:
            return await use(messages)

    return asyncio.run(run())


async def until(messages: Any, wanted: str) -> list[tuple[str, Any]]:
    seen = []
    async for event, data in messages:
        seen.append((event, msgspec.json.decode(data)))
        if event == wanted:
            break
    return seen


def test_a_record_is_seen_as_it_stands_in_the_topic() -> None:
    consumer = FakeConsumer()

    async def use(messages: Any) -> list[tuple[str, Any]]:
        consumer.pass_by(1)
        return await until(messages, "")

    assert watch(consumer, use) == [
        (
            "",
            {
                "topic": "home.lamps",
                "partition": 0,
                "offset": 7,
                "key": "lamp-1",
                "timestamp": 1_700_000_000_123,
                "type": "LampSwitched",
                "event_id": "event-7",
                "value": {"event_id": "event-7", "lamp_id": "lamp-1", "occurred_at": "2023-11-14T22:13:20Z"},
            },
        )
    ]


def test_it_begins_at_the_end_and_closes_when_the_last_client_goes() -> None:
    consumer = FakeConsumer()

    async def use(messages: Any) -> None:
        assert consumer.assigned == [7]

    watch(consumer, use)
    eventually(consumer.closed.is_set)


def test_what_cannot_be_read_is_counted_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = on_its_clock(monkeypatch)

    async def use(messages: Any) -> list[tuple[str, Any]]:
        consumer.pass_by(3, value=b"not avro")
        return await until(messages, "rates")

    ((event, rates),) = watch(consumer, use)
    assert event == "rates"
    assert rates["per_second"]["home.lamps"] == 3


def test_a_flood_is_sampled_counted_and_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    consumer = on_its_clock(monkeypatch)

    async def use(messages: Any) -> list[tuple[str, Any]]:
        consumer.pass_by(READ_AT_ONCE, and_more=100_000)
        return await until(messages, "rates")

    seen = watch(consumer, use)
    assert len(seen) - 1 == BURST
    assert seen[-1][1]["per_second"]["home.lamps"] == READ_AT_ONCE + 100_000
    assert consumer.assigned[-1] == consumer.high


def test_a_tap_that_breaks_ends_the_stream() -> None:
    consumer = FakeConsumer()

    async def use(messages: Any) -> list[tuple[str, Any]]:
        consumer.broken = True
        return await until(messages, "never")

    watch(consumer, use)
    assert consumer.closed.wait(5)  # its reader ends on a thread of its own


def test_a_cluster_that_is_away_is_told() -> None:
    consumer = FakeConsumer(away=True)
    with pytest.raises(TapUnavailableError):
        watch(consumer, lambda messages: None)
    assert consumer.closed.is_set()


def test_an_answer_that_is_never_sent_holds_no_reader() -> None:
    consumer = FakeConsumer()

    async def run() -> None:
        tap = TopicTap({}, {LAMPS.name: codec()}, lambda _: consumer)
        context = tap.watch()
        await context.__aenter__()
        del context

        async def closed() -> bool:
            return consumer.closed.is_set()

        await eventually_async(closed, within=10)

    asyncio.run(run())


def test_a_slow_client_loses_its_oldest_messages_and_is_told_how_many() -> None:
    async def run() -> list[tuple[str, bytes]]:
        viewer = Viewer()
        viewer.offer([("", b"%d" % number) for number in range(WAITING_MESSAGES + 3)])
        viewer.fail()
        return [message async for message in viewer.messages()]

    messages = asyncio.run(run())
    assert messages[0] == ("dropped", b'{"dropped":3}')
    assert messages[1] == ("", b"3")
    assert len(messages) == WAITING_MESSAGES + 1
