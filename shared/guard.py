"""State by key in a faust table, exact although faust delivers at least once: the guard.

Each key lives in one source partition and is handled in order. The last source offset stands beside the state in the same table entry;
what is at or below it was handled before, so the state stays, but entry and outputs are written again, since the crash that made
faust deliver it again may have come between them. Readers upsert by key with the state's revision.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import faust
import msgspec

from shared import metrics
from shared.contracts import DEAD_LETTER_SUFFIX
from shared.dead_letters import DeadLetter, dead_letter_headers
from shared.envelope import cloud_event
from shared.logging import get_logger
from shared.registry import RegistryUnavailableError
from shared.serialization import AvroCodec, UnreadableError
from shared.topics import Topic
from shared.watchdog import Watchdog

log = get_logger(__name__)

S = TypeVar("S", bound=msgspec.Struct)
E = TypeVar("E", bound=msgspec.Struct)


class Output(NamedTuple):
    """An event to publish; its codec is the topic's."""

    topic: Topic[Any]
    codec: AvroCodec[Any]
    event: Any


class Entry(msgspec.Struct, Generic[S], array_like=True):
    """What the table holds for a key: the state, and for each source topic the offset of the last record that changed it."""

    state: S
    offsets: dict[str, int]


DECODED_ENTRIES = 10_000


class EntryCodec(Generic[S]):
    """Entries as msgpack, arrays instead of names. Remembers the last decoded of each key: most records read what the one before
    them wrote, or change nothing."""

    def __init__(self, state_type: type[S]) -> None:
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Entry[state_type]).decode  # type: ignore[valid-type]
        self._decoded: OrderedDict[bytes, tuple[bytes, Entry[S]]] = OrderedDict()

    def encode(self, key: bytes, entry: Entry[S]) -> bytes:
        content = self._encode(entry)
        self._remember(key, content, entry)
        return content

    def decode(self, key: bytes, content: bytes) -> Entry[S]:
        known = self._decoded.get(key)
        if known is not None and known[0] == content:
            return known[1]
        entry = self._decode(content)
        self._remember(key, content, entry)
        return entry

    def _remember(self, key: bytes, content: bytes, entry: Entry[S]) -> None:
        self._decoded[key] = (content, entry)
        if len(self._decoded) > DECODED_ENTRIES:
            self._decoded.popitem(last=False)


class GuardedTable(Generic[S]):
    """A table and the agents that change it. `outputs` makes what is published after each change, from the key and the new state."""

    def __init__(
        self,
        app: faust.App,
        name: str,
        state_type: type[S],
        partitions: int,
        outputs: Callable[[str, S], Sequence[Output]],
        watchdog: Watchdog,
    ) -> None:
        self._app = app
        self._outputs = outputs
        self._watchdog = watchdog
        self._channels: dict[str, Any] = {}
        # Bytes, and a codec of our own: a faust table takes no other codec than JSON, and its own is asked again at each read.
        self._table: Any = app.Table(name, partitions=partitions, key_type=bytes, value_type=bytes)
        self._codec = EntryCodec(state_type)

    def keys(self) -> list[bytes]:
        """Of the partitions at hand, as they are now."""
        return list(self._table.keys())

    def add_source(self, topic: Topic[E], codec: AvroCodec[E], apply: Callable[[S | None, E], S | None]) -> None:
        """An agent for one topic, partitioned as the table is. `apply` is pure; None means that nothing changes."""
        source = self._app.topic(topic.name, key_type=bytes, value_type=bytes)

        async def agent(stream: Any) -> None:
            async for event in stream.events():
                await self._handle(event, topic, codec, apply)

        self._app.agent(source, name=topic.name, concurrency=1)(agent)

    async def publish_again(self, key: bytes) -> None:
        """Send today's outputs of a key, where something other than its records has changed them."""
        entry = self._entry(key)
        if entry is not None:
            await self._publish(key, entry.state)

    def _entry(self, key: bytes) -> Entry[S] | None:
        content = self._table.get(key)
        return None if content is None else self._codec.decode(key, content)

    async def _handle(self, event: Any, topic: Topic[E], codec: AvroCodec[E], apply: Callable[[S | None, E], S | None]) -> None:
        message = event.message
        self._watchdog.handled(topic.name)
        try:
            record = await _decode(codec, message.value)
            await self._change(message.key, topic.name, message.offset, lambda state: apply(state, record))
        except UnreadableError as error:
            await self._bury(message, str(error))
        except Exception as error:
            # Faust would commit the record and go on: it must stand somewhere.
            log.exception("agent_failed", topic=topic.name, partition=message.partition, offset=message.offset)
            await self._bury(message, repr(error))
        metrics.HANDLED.labels(topic.name).inc()

    async def _change(self, key: bytes, topic: str, offset: int, transition: Callable[[S | None], S | None]) -> None:
        entry = self._entry(key)
        if entry is not None and offset <= entry.offsets.get(topic, -1):
            state = entry.state
        else:
            changed = transition(entry.state if entry else None)
            if changed is None:
                return
            state = changed
            entry = Entry(state, (entry.offsets if entry else {}) | {topic: offset})
        self._watchdog.fence()
        self._table[key] = self._codec.encode(key, entry)
        await self._publish(key, state)

    async def _publish(self, key: bytes, state: S) -> None:
        for output in self._outputs(key.decode(), state):
            event = output.event
            await self._channel(output.topic.name).send(
                key=output.topic.key_of(event),
                value=output.codec.encode(event),
                headers=dict(cloud_event(self._app.conf.id, type(event).__name__, event.event_id, event.occurred_at)),
            )

    async def _bury(self, message: Any, reason: str) -> None:
        headers = tuple((message.headers or {}).items()) if isinstance(message.headers, dict) else tuple(message.headers or ())
        letter = DeadLetter(message.topic, message.partition, message.offset, message.key, message.value, reason, headers)
        await self._channel(message.topic + DEAD_LETTER_SUFFIX).send(
            key=message.key, value=message.value, headers=dict(dead_letter_headers(letter, self._app.conf.id))
        )
        metrics.DEAD_LETTERS.labels(message.topic).inc()

    def _channel(self, name: str) -> Any:
        if name not in self._channels:
            self._channels[name] = self._app.topic(name, key_serializer="raw", value_serializer="raw")
        return self._channels[name]


async def _decode(codec: AvroCodec[E], value: bytes | None) -> E:
    """Waits while the registry is away: the record may be good."""
    while True:
        try:
            return codec.decode(value)
        except RegistryUnavailableError as error:
            log.warning("registry_away", reason=str(error))
            await asyncio.sleep(1)
