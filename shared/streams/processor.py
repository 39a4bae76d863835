"""What a case says of its transactional processor: where events come from, what becomes of a key's state, and what is published."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from shared.envelope import Headers

S = TypeVar("S")

Transition = Callable[[S | None, Any], tuple[S | None, Sequence[Any]]]
"""The domain: the state of the event's key (None: nothing is known) and an event, to the state after it and the events to publish.

Pure. It is called again with the same arguments where a transaction was aborted. The same object as state means that nothing
changes; None forgets the key. An exception is a defect: it ends the worker.
"""


class Codec(Protocol):
    """shared.serialization.AvroCodec, or whatever writes and reads one topic's values and raises the same errors."""

    def encode(self, event: Any) -> bytes: ...
    def decode(self, value: bytes | None) -> Any: ...


class Place(NamedTuple):
    """A topic with its codec, and the key by which it is partitioned: `Place(topic.name, codec(topic), topic.key_of)`."""

    topic: str
    codec: Codec
    key: Callable[[Any], bytes]


class Processor(NamedTuple):
    """All records of one `source.key` must come in one partition: the record's key, or finer."""

    source: Place
    state_type: type
    transition: Transition[Any]
    outputs: Mapping[type, Place]
    """By type of event."""
    headers: Callable[[Any], Headers | None] | None = None
    """Of an output; by default those that every event here has."""
    prepare: Callable[[], None] | None = None
    """Called when records were read, before the first is handled: what `transition` looks up is then as new as they are. May block for some
    seconds; raises StoreUnavailableError where it cannot be had yet, and the same records are tried again."""
