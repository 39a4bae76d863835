"""The reading side of a tap: a thread that polls, samples what is shown, and counts the rest."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from confluent_kafka import TopicPartition

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

_encode = msgspec.json.Encoder().encode


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


class TapReader(threading.Thread):
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
