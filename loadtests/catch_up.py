"""How long the views of a case take to handle all that its topics hold: the part of a load that no answer shows.

    python -m loadtests.catch_up CASE

waits for a line on standard input, then writes {"seconds": ..., "behind": {group: records}}; seconds is null where it gave up. It is a
process of its own, since librdkafka's threads and gevent's greenlets do not wait for each other.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import OffsetSpec

from infra.kafka.client import admin, client_config
from infra.local.settings import ROOT
from infra.local.stack_file import load_case
from shared.contracts import load_contracts

GIVE_UP_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 0.1
TAIL, TAIL_SECONDS = 100, 10.0
"""So far before the end of a partition its last record is looked for."""
ROUNDS = 2
"""What a view makes of its events is read by others: their topics are complete only once it is through."""

Places = dict[tuple[str, int], int]
"""(topic, partition) -> offset."""


class Log(Protocol):
    def committed(self, group: str) -> Places:
        """Where the group is; empty where it has never committed. Raises KafkaException."""

    def ends(self, places: Collection[tuple[str, int]]) -> Places:
        """The offsets after the last records; a group that has handled all is there."""
        ...


@dataclass(frozen=True)
class CaughtUp:
    """`seconds` until every group had passed what its topics held, None where that did not come; who was behind how far at first."""

    seconds: float | None
    behind: dict[str, int]


class KafkaLog:
    """Asks for offsets as a consumer of each group that joins none: librdkafka's admin client ends the process where a coordinator has
    moved (librdkafka issue 5040)."""

    def __init__(self, case: str, env: Mapping[str, str]) -> None:
        contracts = load_contracts(ROOT / "services" / case)
        self._places = [TopicPartition(topic.name, number) for topic in contracts.topics for number in range(topic.partitions)]
        self._config = client_config(env) | {"enable.auto.commit": False, "log_level": 0}
        self._client = admin(env)
        self._groups: dict[str, Consumer] = {}
        self._reader = Consumer(
            self._config
            | {
                "group.id": "no-group-is-joined",
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "enable.partition.eof": True,
            }
        )

    def committed(self, group: str) -> Places:
        if group not in self._groups:
            # What a transaction under way would commit is not waited for.
            self._groups[group] = Consumer(self._config | {"group.id": group, "isolation.level": "read_uncommitted"})
        found = self._groups[group].committed(self._places, timeout=10)
        for place in found:
            if place.error is not None:
                raise KafkaException(place.error)
        return {(place.topic, place.partition): place.offset for place in found if place.offset >= 0}

    def ends(self, places: Collection[tuple[str, int]]) -> Places:
        if not places:
            return {}
        answers = self._client.list_offsets({TopicPartition(*place): OffsetSpec.latest() for place in places})
        ends = {(place.topic, place.partition): answer.result(10).offset for place, answer in answers.items()}
        return ends | after_last_records(self._reader, ends)


def after_last_records(consumer: Any, ends: Places) -> Places:
    """Of places that end with the mark of a transaction: no reader is given it, so none commits the offset after it.

    `consumer` is on read_committed, with partition ends. Raises KafkaException where the ends are not read in time.
    """
    consumer.assign([TopicPartition(*place, max(0, end - TAIL)) for place, end in ends.items() if end])
    unread = {place for place, end in ends.items() if end}
    found: Places = {}
    deadline = time.monotonic() + TAIL_SECONDS
    while unread:
        if time.monotonic() > deadline:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        message = consumer.poll(0.1)
        if message is None:
            continue
        place, error = (message.topic(), message.partition()), message.error()
        if error is None and message.offset() < ends[place]:
            found[place] = message.offset() + 1
        elif error is None or error.code() == KafkaError._PARTITION_EOF:
            unread.discard(place)
    consumer.unassign()
    return found


def consumer_groups(case: str) -> list[str]:
    """Those that the services of a case would have."""
    return [f"{case}-{service.name}" for service in load_case(ROOT, case).services]


def wait_for_views(
    log: Log, groups: Collection[str], clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
) -> CaughtUp:
    """Groups that never committed are not waited for: they read nothing of this load."""
    started = clock()
    first: dict[str, int] = {}
    for number in range(ROUNDS):
        ends = log.ends({place for group in groups for place in _committed(log, group)})
        while behind := {group: lag for group in groups if (lag := _lag(_committed(log, group), ends))}:
            if number == 0 and not first:
                first = behind
            if clock() - started > GIVE_UP_SECONDS:
                return CaughtUp(None, behind)
            sleep(LOOK_AGAIN_SECONDS)
    return CaughtUp(clock() - started, first)


def _committed(log: Log, group: str) -> Places:
    with suppress(KafkaException):  # a coordinator that moves
        return log.committed(group)
    return {}


def _lag(committed: Places, ends: Places) -> int:
    return sum(max(0, ends.get(place, 0) - offset) for place, offset in committed.items())


class Views:
    """Asks the process of this module. The caller may be a greenlet: others go on while it waits."""

    def __init__(self, case: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "loadtests.catch_up", case], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def caught_up(self) -> CaughtUp:
        """Returns once they are, or after about GIVE_UP_SECONDS. Raises OSError with a sentence where the cluster does not answer."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or "{}")
        if not answer:
            raise OSError("Kafka does not tell how far the views are: see 'make status'.")
        return CaughtUp(answer["seconds"], answer["behind"])

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


def main(case: str) -> None:
    groups, log = consumer_groups(case), KafkaLog(case, os.environ)
    for _ in sys.stdin:
        try:
            found = wait_for_views(log, groups)
        except KafkaException:
            return  # the end of this output is what the caller tells
        print(json.dumps({"seconds": found.seconds, "behind": found.behind}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
