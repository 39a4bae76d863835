"""Events of both sources as the world sends them: late, twice, under a known id with other content, with fields that nobody declared."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from shared.clock import Micros, to_rfc3339
from tests.chaos.flow import DAY, Batch, long_ago
from tests.chaos.ingestion.truth import CHANGES, EDITS, event_id
from tests.chaos.ledger import Event
from tests.chaos.streams import REPEATED, Stream

PATHS = {source: f"/v1/sources/{source}/events" for source in (EDITS, CHANGES)}
KEYS = {EDITS: "page", CHANGES: "title"}

SPAN: Micros = 6 * DAY
LATE, LATE_BY = 0.03, 3 * DAY
PAGES = 400
CHANGED = 0.01
"""Of what may be sent again under the same id with other content."""
IMPORTANT, UNDECLARED = 0.01, 0.02
COLUMNS_MADE = 12
WORDS = ("typo", "Žižkov", "/* History */", "東京", 'a "quoted" word', "back\\slash", "tab\there", "wording")


@dataclass(frozen=True)
class World:
    """The names of one run."""

    seed: int
    run: str
    start: Micros = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", long_ago(self.seed))

    @property
    def end(self) -> Micros:
        return self.start + SPAN + DAY

    @property
    def prefix(self) -> str:
        """Of every key: pages and titles."""
        return f"chaos-{self.run}-"

    def streams(self, events: int, count: int) -> list[list[Batch]]:
        """`events` different events in `count` streams; what concerns one page is in one stream."""
        chance = random.Random(self.seed + 1)
        streams = [Stream(chance, CHANGED) for _ in range(count)]
        for number in range(events):
            page = min(int(chance.expovariate(0.02)), PAGES - 1)
            stream = streams[page % count]
            at = self.start + LATE_BY + number * ((SPAN - LATE_BY) // events)
            if chance.random() < LATE:
                at -= chance.randrange(LATE_BY)
            event = self.event(EDITS if chance.random() < 0.7 else CHANGES, f"{number}", f"{page}", at, chance)
            stream.add(event, _changed if event.topic == CHANGES else None)
        return [list(stream.batches(PATHS)) for stream in streams]

    def lines(self) -> Iterator[Event]:
        """Edits that stand in a file, without end; some stand there twice."""
        chance = random.Random(self.seed + 2)
        for number in itertools.count():
            at = self.start + LATE_BY + chance.randrange(SPAN - LATE_BY)
            event = self.event(EDITS, f"line-{number}", f"of-a-file-{number % 50}", at, chance)
            yield from [event] * (2 if chance.random() < REPEATED else 1)

    def event(self, source: str, number: str, page: str, at: Micros, chance: random.Random) -> Event:
        """`number` is what makes it another event."""
        page = f"{self.prefix}{page}"
        data = _edit(number, page, at, chance) if source == EDITS else _change(f"{self.prefix}{number}", page, at, chance)
        if chance.random() < UNDECLARED:
            data |= _undeclared(chance)
        return Event(source, page, event_id(source, data), data)


def ndjson(batch: Batch) -> tuple[dict[str, str], bytes]:
    """A body; every few of them packed, and with the fields in another order: an event stays the same event."""
    text = "".join(f"{_line(event.body, len(batch))}\n" for event in batch).encode()
    headers = {"content-type": "application/x-ndjson"}
    return (headers | {"content-encoding": "gzip"}, gzip.compress(text, 1)) if len(batch) % 3 == 0 else (headers, text)


def _line(data: Any, variant: int) -> str:
    return json.dumps(dict(reversed(data.items())) if variant % 2 else data, ensure_ascii=variant % 4 < 2)


def _edit(number: str, page: str, at: Micros, chance: random.Random) -> dict[str, Any]:
    large = chance.random() < IMPORTANT
    return {
        "time": to_rfc3339(at),
        "channel": f"#{chance.choice(('en', 'de', 'fr', 'ja'))}.wikipedia",
        "page": page,
        "user": f"Editor{chance.randrange(500)}",
        "comment": f"{chance.choice(WORDS)} {number}",
        "namespace": chance.choice(("Main", "Talk")),
        "delta": chance.randrange(-500, 500),
        "added": chance.randrange(5000, 90_000) if large else chance.randrange(5000),
        "deleted": chance.randrange(5020),
        "isAnonymous": False,
        "isMinor": chance.random() < 0.3,
        "isNew": chance.random() < IMPORTANT,
        "isRobot": chance.random() < 0.5,
        "isUnpatrolled": False,
        "cityName": chance.choice((None, "Kraków", "Lisbon")),
    }


def _change(name: str, title: str, at: Micros, chance: random.Random) -> dict[str, Any]:
    log = chance.random() < IMPORTANT
    return {
        "$schema": "/mediawiki/recentchange/1.0.0",
        "meta": {"id": name, "dt": to_rfc3339(at), "domain": "example.org"},
        "id": chance.randrange(10**12),
        "type": "log" if log else chance.choice(("edit", "new", "categorize")),
        "log_type": "delete" if log else None,
        "namespace": chance.choice((0, 1, 14)),
        "title": title,
        "comment": chance.choice(WORDS),
        "timestamp": at // 1_000_000,
        "user": f"Editor{chance.randrange(500)}",
        "bot": chance.random() < 0.8,
        "length": {"old": chance.randrange(10_000), "new": chance.randrange(250_500)},
        "wiki": chance.choice(("enwiki", "dewiki", "wikidatawiki")),
    }


def _undeclared(chance: random.Random) -> dict[str, Any]:
    """What becomes a column, what is one already in other letters, and what can be none; of any type."""
    name = chance.choice([*(f"extra_{n}" for n in range(COLUMNS_MADE)), "Comment", "with space", "ünlaut"])
    return {name: chance.choice(["text", "7", 7, 0.5, True, {"a": [1, "b"]}, [1, 2.5, None], None, ""])}


def _changed(event: Event) -> Event:
    """The retry of a source that says something else by now: it must change nothing. What rules look at is as before."""
    return Event(event.topic, event.key, event.event_id, {**event.body, "comment": "changed since", "extra_changed": 1})
