"""Waits until every view has read what the topics held at the time of the call."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException

from services.movieflix.contracts.topics import RECOMMENDATIONS, SHOW_POSITION, SHOW_RATING, SHOWS, USER_PROFILE
from shared.consumer.group_offsets import GroupOffsets, Places
from shared.progress import Progress

Readers = tuple[tuple[str, tuple[str, ...]], ...]
"""Groups and what they read."""

READERS: Readers = (
    ("movieflix-catalog-indexer", (SHOWS.name,)),
    ("movieflix-resume-projector", (SHOW_POSITION.name,)),
    ("movieflix-analytics-sink", (SHOW_POSITION.name, SHOW_RATING.name)),
    ("movieflix-recommender", (SHOW_POSITION.name, SHOW_RATING.name)),
)
READERS_OF_READERS: Readers = (("movieflix-recommendations-projector", (USER_PROFILE.name, RECOMMENDATIONS.name)),)
"""Their topics are complete only once READERS are through."""

PATIENCE_SECONDS = 120.0
"""A group that does not move for so long is not running: longer than a restart with its recovery takes."""


class StuckError(TimeoutError):
    """A group does not move; the message names it."""


@dataclass(frozen=True)
class Lag:
    group: str
    records: int


async def wait_for_views(client: dict[str, Any], progress: Progress) -> None:
    """Returns once each group has committed beyond what the topics held. Raises StuckError."""
    offsets = GroupOffsets(client)
    try:
        for readers in (READERS, READERS_OF_READERS):
            ends = await asyncio.to_thread(_ends, offsets, sorted({topic for _, topics in readers for topic in topics}))
            await _wait(offsets, readers, ends, progress)
    finally:
        await asyncio.to_thread(offsets.close)


async def _wait(offsets: GroupOffsets, readers: Readers, ends: Places, progress: Progress) -> None:
    least: dict[str, int] = {}
    moved_at = time.monotonic()
    while True:
        lags = [await asyncio.to_thread(_lag, offsets, group, _of(topics, ends)) for group, topics in readers]
        behind = {lag.group: lag.records for lag in lags if lag.records}
        if not behind:
            return
        if any(records < least.get(group, records + 1) for group, records in behind.items()):
            moved_at = time.monotonic()
        least |= behind
        told = ", ".join(f"{group.removeprefix('movieflix-')} {records:,}" for group, records in behind.items())
        progress.update(f"records that the views have not handled yet: {told}")
        if time.monotonic() - moved_at > PATIENCE_SECONDS:
            raise StuckError(f"no view moved for {PATIENCE_SECONDS:.0f} s ({told} records behind): see 'make status', then run this again")
        await asyncio.sleep(0.25)


def _of(topics: tuple[str, ...], ends: Places) -> Places:
    return {place: end for place, end in ends.items() if place[0] in topics}


def _ends(offsets: GroupOffsets, topics: list[str]) -> Places:
    return offsets.ends(offsets.places(topics))


def _lag(offsets: GroupOffsets, group: str, ends: Places) -> Lag:
    try:
        committed = offsets.committed(group, ends)
    except KafkaException:  # a coordinator that moves; PATIENCE_SECONDS bounds it
        return Lag(group, sum(ends.values()))
    return Lag(group, sum(max(0, end - committed.get(place, 0)) for place, end in ends.items()))
