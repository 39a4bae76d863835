"""State by key in a faust table, exact although faust delivers at least once: the guard.

Each key lives in one source partition and is handled in order. The last source offset stands beside the state in the same table entry;
what is at or below it was handled before, so the state stays, but entry and outputs are written again, since the crash that made
faust deliver it again may have come between them. Readers upsert by key with a revision that the state carries.

Every change writes its whole entry to the changelog: keep entries small, by keys as fine as the rule allows. What is computed over many
entries is kept beside the table (`Derived`) and made anew from it after a rebalance.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import faust
import msgspec

from shared import metrics
from shared.consumer.dead_letters import DeadLetter, as_written, report
from shared.envelope import cloud_event
from shared.logging import get_logger
from shared.registry import RegistryUnavailableError
from shared.serialization import AvroCodec, UnreadableError
from shared.streams.watchdog import Watchdog
from shared.topics import Topic

log = get_logger(__name__)

S = TypeVar("S", bound=msgspec.Struct)
S_contra = TypeVar("S_contra", bound=msgspec.Struct, contravariant=True)
E = TypeVar("E", bound=msgspec.Struct)


class Output(NamedTuple):
    """An event to publish; its codec is the topic's."""

    topic: Topic[Any]
    codec: AvroCodec[Any]
    event: Any


class Derived(Protocol[S_contra]):
    """What is computed from a table's entries and published."""

    def restore(self, entries: Iterable[tuple[str, S_contra]]) -> None:
        """Forget everything, and take these: the partitions at hand are others now."""

    def changed(self, key: str, state: S_contra) -> Sequence[Output]:
        """An entry was written; returns what is to be published at once. Called again with the same state where a record came again: the
        outputs may not have been sent the first time. What is published later instead must be published anew after each `restore`."""


class Entry(msgspec.Struct, Generic[S], array_like=True):
    """What the table holds for a key: the state, and for each source topic the offset of the last record that changed it."""

    state: S
    offsets: dict[str, int]
    partition: int = -1
    """Of the sources; -1 in an entry that was written before this was kept."""


class GuardedTable(Generic[S]):
    """A table, the agents that change it, and what is derived from it."""

    def __init__(self, app: faust.App, name: str, state_type: type[S], partitions: int, derived: Derived[S], watchdog: Watchdog) -> None:
        self._app = app
        self._derived = derived
        self._watchdog = watchdog
        self._channels: dict[str, Any] = {}
        # Bytes, and msgpack of our own: a faust table takes no other codec than JSON.
        self._table: Any = app.Table(name, partitions=partitions, key_type=bytes, value_type=bytes)
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Entry[state_type]).decode  # type: ignore[valid-type]
        self._restored = False
        self._sources: set[str] = set()
        app.on_rebalance_complete.connect(self._on_rebalance, weak=False)

    def add_source(self, topic: Topic[E], codec: AvroCodec[E], key: Callable[[E], str], apply: Callable[[S | None, E], S | None]) -> None:
        """An agent for one topic, partitioned as the table is. `apply` is pure; None means that nothing changes.

        All records of one `key` must come in one partition: it is the record's own key, or finer.
        """
        source = self._app.topic(topic.name, key_type=bytes, value_type=bytes)
        self._sources.add(topic.name)

        async def agent(stream: Any) -> None:
            async for event in stream.events():
                await self._handle(event, topic, codec, key, apply)

        self._app.agent(source, name=topic.name, concurrency=1)(agent)

    def restore_if_needed(self) -> None:
        """Bring what is derived up to the table, once after each rebalance; blocks for some 3 us an entry."""
        if not self._restored:
            self._restored = True
            self._derived.restore(self._own_entries())

    def _own_entries(self) -> Iterator[tuple[str, S]]:
        """Faust's table also has what it keeps for another worker (standby), or kept for itself before: as old as the last rebalance."""
        own = {tp.partition for tp in self._app.assignor.assigned_actives() if tp.topic in self._sources} | {-1}
        for key, content in self._table.items():
            entry = self._decode(content)
            if entry.partition in own:
                yield key.decode(), entry.state

    async def publish(self, outputs: Iterable[Output]) -> None:
        """Hand to the producer. Faust flushes it before it commits the records that led to these outputs."""
        for topic, codec, event in outputs:
            await self._channel(topic.name).send(
                key=topic.key_of(event),
                value=codec.encode(event),
                headers=dict(cloud_event(self._app.conf.id, type(event).__name__, event.event_id, event.occurred_at)),
            )

    async def _on_rebalance(self, _app: Any, **_: Any) -> None:
        self._restored = False

    async def _handle(
        self, event: Any, topic: Topic[E], codec: AvroCodec[E], key: Callable[[E], str], apply: Callable[[S | None, E], S | None]
    ) -> None:
        message = event.message
        self._watchdog.handled(topic.name)
        try:
            record = await _decode(codec, message.value)
            await self._change(key(record), message, lambda state: apply(state, record))
        except UnreadableError as error:
            await self._bury(message, str(error))
        except Exception as error:
            # Faust would commit the record and go on: it must stand somewhere.
            log.exception("agent_failed", topic=topic.name, partition=message.partition, offset=message.offset)
            await self._bury(message, repr(error))
        metrics.HANDLED.labels(topic.name).inc()

    async def _change(self, key: str, message: Any, transition: Callable[[S | None], S | None]) -> None:
        self.restore_if_needed()
        topic, offset = message.topic, message.offset
        content = self._table.get(key.encode())
        entry: Entry[S] | None = None if content is None else self._decode(content)
        if entry is None or offset > entry.offsets.get(topic, -1):
            changed = transition(entry.state if entry else None)
            if changed is None:
                return
            entry = Entry(changed, (entry.offsets if entry else {}) | {topic: offset}, message.partition)
        self._watchdog.fence()
        self._table[key.encode()] = self._encode(entry)
        await self.publish(self._derived.changed(key, entry.state))

    async def _bury(self, message: Any, reason: str) -> None:
        headers = tuple((message.headers or {}).items()) if isinstance(message.headers, dict) else tuple(message.headers or ())
        letter = DeadLetter(message.topic, message.partition, message.offset, message.key, message.value, reason, headers)
        record = as_written(letter, self._app.conf.id)
        await self._channel(record.topic).send(key=record.key, value=record.value, headers=dict(record.headers))
        report(letter)

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
