"""A topic as the code names it: one typed constant, declared in a case's `contracts/topics.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from shared.contracts import DEAD_LETTER_SUFFIX

E = TypeVar("E", bound=msgspec.Struct)


@dataclass(frozen=True)
class Topic(Generic[E]):
    """Name, event type and key of one topic. Partitions, retention and schema stand in topics.yaml, and only there."""

    name: str
    event: type[E]
    key: str
    """The field of the event that is the record's key."""

    @property
    def dead_letters(self) -> str:
        return self.name + DEAD_LETTER_SUFFIX

    def key_of(self, event: E) -> bytes:
        return str(getattr(event, self.key)).encode()
