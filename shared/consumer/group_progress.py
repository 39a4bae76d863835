"""How far groups are behind a topic, in records and in time, watched from beside them."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException

from shared.consumer.group_offsets import LATEST, GroupOffsets, Place, Places
from shared.logging import get_logger

log = get_logger(__name__)

EVERY_SECONDS = 1.0
REMEMBERED = 3600
"""Looks. Who is farther behind than the oldest of them is said to be that far."""
RATE_SECONDS = 5.0
OLD_SECONDS = 10.0
"""What was seen longer ago is no answer any more."""


class Behind(NamedTuple):
    records: int
    seconds: float
    """Since the end of the log has gone beyond what the group has read."""


class Look(NamedTuple):
    at: float
    ends: Places


class Log(NamedTuple):
    records: int
    """Ever written: the sum of the ends."""
    records_per_second: float


class GroupProgress:
    """Looks once a second, on a thread of its own, as soon as it is made."""

    def __init__(self, open_offsets: Callable[[], GroupOffsets], topic: str, groups: Mapping[str, str]) -> None:
        """`groups` by the name under which each is asked for. The topic may have no marks of transactions: its end counts them."""
        self._open = open_offsets
        self._topic = topic
        self._groups = groups
        self._offsets: GroupOffsets | None = None
        self._asking = threading.Lock()
        self._looks: deque[Look] = deque(maxlen=REMEMBERED)
        self._committed: dict[str, tuple[float, Places]] = {}
        threading.Thread(target=self._watch, name="progress", daemon=True).start()

    def log(self) -> Log | None:
        """None while the log does not answer."""
        looks = list(self._looks)
        if not looks or time.monotonic() - looks[-1].at > OLD_SECONDS:
            return None
        last = looks[-1]
        first = next((look for look in looks if last.at - look.at <= RATE_SECONDS), last)
        seconds = last.at - first.at
        written = sum(last.ends.values()) - sum(first.ends.values())
        return Log(sum(last.ends.values()), written / seconds if seconds else 0.0)

    def behind(self, name: str) -> Behind | None:
        """None while that is not known."""
        looks = list(self._looks)
        at, committed = self._committed.get(name, (0.0, {}))
        if not looks or time.monotonic() - at > OLD_SECONDS:
            return None
        unread = {place: end - committed.get(place, 0) for place, end in looks[-1].ends.items() if end > committed.get(place, 0)}
        if not unread:
            return Behind(0, 0.0)
        since = next((look.at for look in looks if any(look.ends.get(place, 0) > committed.get(place, 0) for place in unread)), at)
        return Behind(sum(unread.values()), round(time.monotonic() - since, 1))

    def settled(self) -> bool:
        """Whether all groups have read what the log holds now. Blocks for some ten milliseconds; raises KafkaException."""
        with self._asked() as (offsets, ends):
            reached = [offsets.committed(group, ends) for group in self._groups.values()]
        return all(committed.get(place, 0) >= end for committed in reached for place, end in ends.items())

    def _watch(self) -> None:
        while True:
            try:
                self._look()
            except Exception as error:  # whatever it is: a thread that ended would show old figures for ever
                log.warning("progress_unknown", reason=str(error))
            time.sleep(EVERY_SECONDS)

    def _look(self) -> None:
        with self._asked() as (offsets, ends):
            self._looks.append(Look(time.monotonic(), ends))
            for name, group in self._groups.items():
                self._committed[name] = (time.monotonic(), offsets.committed(group, ends))

    @contextmanager
    def _asked(self) -> Iterator[tuple[GroupOffsets, Places]]:
        """Whom to ask, with where the log ends now; after any failure another is asked."""
        with self._asking:
            try:
                offsets = self._offsets = self._offsets or self._open()
                yield offsets, offsets.offsets(self._places(offsets), LATEST)
            except Exception:
                self._forget()
                raise

    def _places(self, offsets: GroupOffsets) -> list[Place]:
        try:
            return offsets.places([self._topic])
        except KeyError as error:  # the broker that was asked has not heard of the topic yet
            raise KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART)) from error

    def _forget(self) -> None:
        if self._offsets is not None:
            self._offsets.close()
            self._offsets = None
