"""What the layers have to count, computed from the files alone: by what stands in them, and by nothing of the services."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from services.ingestion.contracts.sources import sources
from services.ingestion.replay.files import File

MOST_VALUES = 20_000
LONGEST_VALUE = 4096
"""Longer ones are found by the text, not by their value."""
LAYERS = ("speed", "s3", "hdfs")


class Api(Protocol):
    async def get(self, path: str, **query: Any) -> Any: ...


class Expected(NamedTuple):
    source: str
    window: dict[str, str]
    """`from` and `to` of its events, as a query has them."""
    events: int
    counts: dict[str, Counter[str]]
    """By field, and by value."""


def expected(files: Iterable[File]) -> list[Expected]:
    """Of each source: its files together, since their windows may overlap. What can be no event is left out."""
    distinct: dict[str, dict[str, dict[str, Any]]] = {}
    times: dict[str, list[datetime]] = {}
    for file in files:
        for line in file.lines:
            event = json.loads(line)
            try:
                time = datetime.fromisoformat(_at(event, file.time))
                name = str(_at(event, file.id)) if file.id else json.dumps(event, sort_keys=True)
            except (LookupError, TypeError, ValueError):
                continue
            if time.tzinfo is not None and name not in distinct.setdefault(file.source, {}):
                distinct[file.source][name] = event
                times.setdefault(file.source, []).append(time)
    return [_expected(source, list(events.values()), times[source]) for source, events in distinct.items() if events]


def _expected(source: str, events: list[dict[str, Any]], times: list[datetime]) -> Expected:
    # Two: digits beyond microseconds are left out here, and rounded by others.
    window = {"from": _rfc3339(min(times)), "to": _rfc3339(max(times) + timedelta(microseconds=2))}
    counts = {}
    for name, type_ in sources()[source].fields.items():
        values = Counter(event[name] for event in events if type(event.get(name)) is str) if type_ == "string" else Counter()
        if values and len(values) <= MOST_VALUES and max(map(len, values)) <= LONGEST_VALUE:
            counts[name] = values
    return Expected(source, window, len(events), counts)


async def differences(wanted: Expected, query: Api) -> list[str]:
    """One sentence for each layer and field that counts otherwise."""
    path = f"/v1/sources/{wanted.source}"
    found = await query.get(f"{path}/reconciliation", **wanted.window)
    different = [f"{wanted.source}: {layer} holds {found[layer]:,} events, the files {wanted.events:,}" for layer in LAYERS]
    different = [sentence for layer, sentence in zip(LAYERS, different, strict=True) if found[layer] != wanted.events]
    for layer in LAYERS:
        for name, counts in wanted.counts.items():
            answer = await query.get(f"{path}/counts", by=name, layer=layer, limit=MOST_VALUES + 1, **wanted.window)
            got = {item["value"]: item["count"] for item in answer["items"]}
            if answer["total"] != wanted.events or got != counts:
                wrong = [value for value in counts.keys() | got.keys() if counts.get(value) != got.get(value)]
                different.append(
                    f"{wanted.source}: {layer} by {name}: total {answer['total']:,}, {len(wrong):,} values differ: {wrong[:3]}"
                )
    return different


def _at(event: Any, place: str) -> Any:
    for name in place.split("."):
        event = event[name]
    return event


def _rfc3339(time: datetime) -> str:
    return time.isoformat()
