"""What the handler of a projector or sink is given, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import msgspec

E = TypeVar("E", bound=msgspec.Struct)


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
