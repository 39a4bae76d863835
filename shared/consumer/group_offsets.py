"""Where consumer groups are and where the log ends: asked by consumers that join no group.

librdkafka's admin client ends the process with a segmentation fault where it asks for a group's offsets and the coordinator has moved, or
does not exist yet (librdkafka issue 5040). A consumer asked for `committed` looks for the coordinator again.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

ASKED_SECONDS = 10.0
FIRST_STEP, LARGER = 4, 16
"""So far before the end of a partition its last record is looked for, and how much farther each time that there was none."""
OFFSET_NONE = -1
"""Of a time: no record is as late."""
EARLIEST, LATEST = OffsetSpec.earliest(), OffsetSpec.latest()

Place = tuple[str, int]
"""(topic, partition)."""
Places = dict[Place, int]
"""(topic, partition) -> offset."""


class GroupOffsets:
    """For one thread at a time. Every method raises KafkaException where the cluster, or a group's coordinator, does not answer in time."""

    def __init__(self, client: Mapping[str, Any]) -> None:
        self._config = {**client, "enable.auto.commit": False, "log_level": 0}
        self._admin_config = {**client, "log_level": 0}
        self._admin = AdminClient(self._admin_config)
        self._groups: dict[str, Consumer] = {}
        self._reader: Consumer | None = None
        self._leaders_known = False

    def __enter__(self) -> GroupOffsets:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """May be called twice; afterwards the object begins anew."""
        for consumer in (*self._groups.values(), *([self._reader] if self._reader else [])):
            consumer.close()
        self._groups, self._reader = {}, None

    def groups(self) -> list[str]:
        """Every group that the brokers at hand know, sorted."""
        return sorted(group.group_id for group in self._admin.list_consumer_groups(request_timeout=ASKED_SECONDS).result().valid)

    def places(self, topics: Iterable[str] | None = None) -> list[Place]:
        """Every partition of these topics, or of all but Kafka's own. Raises KeyError with the name of a topic that does not exist."""
        known = self._admin.list_topics(timeout=ASKED_SECONDS).topics
        self._leaders_known = True
        names = sorted(name for name in known if not name.startswith("__")) if topics is None else topics
        return [(name, number) for name in names for number in sorted(known[name].partitions)]

    def committed(self, group: str, places: Iterable[Place]) -> Places:
        """The offsets that the group reads next; without the places that it never committed."""
        found = self._member_of_none(group).committed([TopicPartition(*place) for place in places], timeout=ASKED_SECONDS)
        for place in found:
            if place.error is not None:
                raise KafkaException(place.error)
        return {(place.topic, place.partition): place.offset for place in found if place.offset >= 0}

    def commit(self, group: str, offsets: Places) -> None:
        """All in one request, and only while the group has no members: the coordinator refuses it otherwise (KafkaException)."""
        places = [TopicPartition(*place, offset) for place, offset in offsets.items()]
        for place in self._member_of_none(group).commit(offsets=places, asynchronous=False):
            if place.error is not None:
                raise KafkaException(place.error)

    def offsets(self, places: Iterable[Place], spec: OffsetSpec, *, stable: bool = False) -> Places:
        """What the leaders answer; OFFSET_NONE where no record is as late as a time. `stable`: ends before the first open transaction."""
        asked = {TopicPartition(*place): spec for place in places}
        if not asked:
            return {}
        try:
            return self._leaders_answer(asked, stable)
        except KafkaException:
            # This client goes on asking leaders of an epoch that is over; one that knows nothing finds the new ones.
            self._admin, self._leaders_known = AdminClient(self._admin_config), False
            return self._leaders_answer(asked, stable)

    def _leaders_answer(self, asked: dict[TopicPartition, OffsetSpec], stable: bool) -> Places:
        if not self._leaders_known:
            # Asked for offsets before it knows the leaders and has a connection, it looks for them after three seconds.
            self.places()
        isolation = IsolationLevel.READ_COMMITTED if stable else IsolationLevel.READ_UNCOMMITTED
        answers = self._admin.list_offsets(asked, isolation_level=isolation, request_timeout=ASKED_SECONDS)
        found = {(place.topic, place.partition): answer.result().offset for place, answer in answers.items()}
        if any(offset < OFFSET_NONE for offset in found.values()):
            # librdkafka's answer for a leader that is dead: no error, but an offset that is none (-1001), for as long as the client lives.
            raise KafkaException(KafkaError(KafkaError.LEADER_NOT_AVAILABLE))
        return found

    def ends(self, places: Collection[Place]) -> Places:
        """The offsets after the last committed records, 0 where there is none: a group that has handled all is there, or beyond."""
        firsts, stable = self.offsets(places, EARLIEST), self.offsets(places, LATEST, stable=True)
        return dict.fromkeys(places, 0) | after_last_records(self._tail_reader(), firsts, stable)

    def unread(self, committed: Places) -> Places:
        """How many offsets a group that is there has before it. Marks of transactions count only where records follow them."""
        behind = [place for place, end in self.offsets(committed, LATEST).items() if committed[place] < end]
        firsts, ends = self.offsets(behind, EARLIEST), self.ends(behind)
        return {place: max(0, ends.get(place, 0) - max(offset, firsts.get(place, 0))) for place, offset in committed.items()}

    def _member_of_none(self, group: str) -> Consumer:
        if group not in self._groups:
            # What a transaction under way would commit is not waited for.
            self._groups[group] = Consumer(self._config | {"group.id": group, "isolation.level": "read_uncommitted"})
        return self._groups[group]

    def _tail_reader(self) -> Consumer:
        self._reader = self._reader or Consumer(
            self._config
            | {
                "group.id": "no-group-is-joined",
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 20,
            }
        )
        return self._reader


def after_last_records(consumer: Any, firsts: Places, ends: Places) -> Places:
    """Of the places that hold a record. A partition may end with marks of transactions, and with records that were aborted: no reader
    is given them, so none commits the offset after them.

    `consumer` is on read_committed, with partition ends, and so are `ends`: behind an open transaction no end would ever be told.
    """
    found: Places = {}
    step = FIRST_STEP
    wanted = {place for place, end in ends.items() if end > firsts[place]}
    while wanted:
        starts = {place: max(firsts[place], ends[place] - step) for place in wanted}
        found |= _last_records(consumer, starts, ends)
        wanted = {place for place, start in starts.items() if place not in found and start > firsts[place]}
        step *= LARGER
    return found


def _last_records(consumer: Any, starts: Places, ends: Places) -> Places:
    consumer.assign([TopicPartition(*place, start) for place, start in starts.items()])
    unread, found = set(starts), Places()
    deadline = time.monotonic() + ASKED_SECONDS
    while unread:
        message = consumer.poll(0.1)
        if message is None:
            if time.monotonic() > deadline:
                raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
            continue
        place, error = (message.topic(), message.partition()), message.error()
        if error is None and message.offset() < ends[place]:
            found[place] = message.offset() + 1
        elif error is None or error.code() == KafkaError._PARTITION_EOF:
            unread.discard(place)
    consumer.unassign()
    return found
