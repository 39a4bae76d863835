"""What was acknowledged, and the comparison of it with what is found: nothing lost, nothing twice, nothing changed, in order."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import eq
from typing import Any, NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

SETTLED_WITHIN_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 1.0


class Flaw(StrEnum):
    """What can be wrong with something that was acknowledged."""

    LOST = "lost"
    DOUBLED = "doubled"
    DIFFERENT = "different"
    UNEXPECTED = "unexpected"
    MISORDERED = "out of order"


@dataclass(frozen=True)
class Finding:
    """A promise that was not kept; `example` is one of the `count` places."""

    where: str
    flaw: Flaw
    count: int
    example: str

    def __str__(self) -> str:
        return f"{self.where}: {self.count} {self.flaw}, for example {self.example}"


@dataclass(frozen=True)
class Event:
    """Something to send; `body` is what the API takes, with the event's id in it."""

    topic: str
    key: str
    event_id: str
    body: Mapping[str, Any]


class Acknowledged(NamedTuple):
    """An event with its place in the order of acknowledgements: what one stream sends is acknowledged turn by turn."""

    event: Event
    stream: int
    turn: int


class Record(NamedTuple):
    """A record of a log, as far as the ledger looks at it; records of one key come in the order of the log."""

    key: str
    event_id: str


class Ledger:
    """Filled by several threads. The content of an event's first acknowledgement is the one that counts."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], Acknowledged] = {}
        self._lock = threading.Lock()
        self.repeats = 0
        """Events that were sent again after they had been acknowledged."""

    def acknowledge(self, events: Iterable[Event], stream: int, turn: int) -> None:
        with self._lock:
            for event in events:
                if (event.topic, event.event_id) in self._entries:
                    self.repeats += 1
                else:
                    self._entries[event.topic, event.event_id] = Acknowledged(event, stream, turn)

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self, topic: str) -> list[Acknowledged]:
        return [entry for entry in self._entries.values() if entry.event.topic == topic]

    def events(self, topic: str) -> list[Event]:
        return [entry.event for entry in self.entries(topic)]


def compare(where: str, expected: Mapping[K, V], found: Iterable[tuple[K, V]], same: Callable[[V, V], bool] = eq) -> list[Finding]:
    """Everything that is expected stands there, once, with that content, and nothing else does."""
    places: dict[Flaw, list[str]] = {}

    def note(flaw: Flaw, example: str) -> None:
        places.setdefault(flaw, []).append(example)

    times: Counter[K] = Counter()
    for key, value in found:
        times[key] += 1
        if key not in expected:
            note(Flaw.UNEXPECTED, f"{key}: {value}")
        elif times[key] > 1:
            note(Flaw.DOUBLED, f"{key}: {value}")
        elif not same(expected[key], value):
            note(Flaw.DIFFERENT, f"{key} is {value}, and should be {expected[key]}")
    for key, wanted in expected.items():
        if not times[key]:
            note(Flaw.LOST, f"{key}: {wanted}")
    return [Finding(where, flaw, len(examples), examples[0]) for flaw, examples in places.items()]


def compare_log(where: str, entries: Sequence[Acknowledged], records: Iterable[Record]) -> list[Finding]:
    """Each acknowledged event is in the log under its key, and those of one key that were acknowledged one after the other stand in that
    order. Twice is no fault of a log: its readers count once."""
    known = {entry.event.event_id: entry for entry in entries}
    seen: set[str] = set()
    reached: dict[tuple[str, int], int] = {}
    misplaced: list[str] = []
    misordered: list[str] = []
    for record in records:
        entry = known.get(record.event_id)
        if entry is None or record.event_id in seen:
            continue
        seen.add(record.event_id)
        if record.key != entry.event.key:
            misplaced.append(f"{record.event_id} is under the key {record.key}, not {entry.event.key}")
        last = reached.get((record.key, entry.stream), -1)
        if entry.turn < last:
            misordered.append(f"{record.event_id} of {record.key}, acknowledged in turn {entry.turn}, stands behind turn {last}")
        reached[record.key, entry.stream] = max(last, entry.turn)
    lost = [event_id for event_id in known if event_id not in seen]
    found = ((Flaw.LOST, lost), (Flaw.DIFFERENT, misplaced), (Flaw.MISORDERED, misordered))
    return [Finding(where, flaw, len(examples), examples[0]) for flaw, examples in found if examples]


def settled(check: Callable[[], list[Finding]], within: float = SETTLED_WITHIN_SECONDS) -> list[Finding]:
    """What is still wrong at the end; raises ConnectionError where then nobody answers. A part that has come back a moment ago, and is
    asked for the first time since, may have to find its own servers anew."""
    deadline = time.monotonic() + within
    while True:
        last = time.monotonic() >= deadline
        try:
            if not (found := check()) or last:
                return found
        except ConnectionError:
            if last:
                raise
        time.sleep(LOOK_AGAIN_SECONDS)
