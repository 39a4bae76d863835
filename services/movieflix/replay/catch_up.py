"""Waits until every view has read what the topics held at the time of the call."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from confluent_kafka import ConsumerGroupTopicPartitions as GroupOffsets
from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from services.movieflix.contracts.topics import RECOMMENDATIONS, SHOW_POSITION, SHOW_RATING, SHOWS, USER_PROFILE
from services.movieflix.replay.progress import Progress

Readers = tuple[tuple[str, tuple[str, ...]], ...]
"""Groups and what they read."""
Places = dict[tuple[str, int], int]
"""(topic, partition) -> offset."""

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


async def wait_for_views(admin: AdminClient, progress: Progress) -> None:
    """Returns once each group has committed beyond what the topics held. Raises StuckError."""
    for readers in (READERS, READERS_OF_READERS):
        ends = await asyncio.to_thread(_ends, admin, sorted({topic for _, topics in readers for topic in topics}))
        await _wait(admin, readers, ends, progress)


async def _wait(admin: AdminClient, readers: Readers, ends: Places, progress: Progress) -> None:
    least: dict[str, int] = {}
    moved_at = time.monotonic()
    while True:
        lags = [await asyncio.to_thread(_lag, admin, group, _of(topics, ends)) for group, topics in readers]
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


def _ends(admin: AdminClient, topics: list[str]) -> Places:
    known = admin.list_topics(timeout=10).topics
    places = [TopicPartition(topic, partition) for topic in topics for partition in known[topic].partitions]
    answers = admin.list_offsets({place: OffsetSpec.latest() for place in places})
    return {(place.topic, place.partition): answer.result(10).offset for place, answer in answers.items()}


def _lag(admin: AdminClient, group: str, ends: Places) -> Lag:
    places = [TopicPartition(topic, partition) for topic, partition in ends]
    try:
        answer = admin.list_consumer_group_offsets([GroupOffsets(group, places)])[group].result(10)
    except KafkaException:  # a coordinator that moves; PATIENCE_SECONDS bounds it
        return Lag(group, sum(ends.values()))
    committed = {(place.topic, place.partition): max(0, place.offset) for place in answer.topic_partitions}
    return Lag(group, sum(max(0, end - committed.get(place, 0)) for place, end in ends.items()))
