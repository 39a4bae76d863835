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

from confluent_kafka import KafkaException

from infra.kafka.client import client_config
from infra.local.settings import ROOT
from infra.local.stack_file import load_case
from shared.consumer.group_offsets import GroupOffsets, Place, Places
from shared.contracts import load_contracts

GIVE_UP_SECONDS = 60.0
LOOK_AGAIN_SECONDS = 0.1
ROUNDS = 2
"""What a view makes of its events is read by others: their topics are complete only once it is through."""


class Log(Protocol):
    def committed(self, group: str) -> Places:
        """Where the group is; empty where it has never committed. Raises KafkaException."""

    def ends(self, places: Collection[Place]) -> Places:
        """The offsets after the last records; a group that has handled all is there."""
        ...


@dataclass(frozen=True)
class CaughtUp:
    """`seconds` until every group had passed what its topics held, None where that did not come; who was behind how far at first."""

    seconds: float | None
    behind: dict[str, int]


class KafkaLog:
    """Of all topics of a case."""

    def __init__(self, case: str, env: Mapping[str, str]) -> None:
        contracts = load_contracts(ROOT / "services" / case)
        self._places = [(topic.name, number) for topic in contracts.topics for number in range(topic.partitions)]
        self._offsets = GroupOffsets(client_config(env))

    def committed(self, group: str) -> Places:
        return self._offsets.committed(group, self._places)

    def ends(self, places: Collection[Place]) -> Places:
        return self._offsets.ends(places)


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
