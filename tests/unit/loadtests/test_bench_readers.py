"""Competitors that work off a topic: what is written for them, and from where they read; the processes are real, the log is a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from loadtests.bench.bulk import RecordingElasticsearch, resending
from loadtests.bench.process import Command
from loadtests.bench.readers import Readers
from loadtests.bench.world import World

STAGE = "tests.unit.loadtests.counting_stage"
NUMBER = 2000


class Log(World):
    """One topic of one partition."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.records: list[tuple[bytes, bytes]] = []
        self.begun: list[tuple[str, dict[str, Mapping[int, int]]]] = []
        self.started: list[Sequence[str]] = []

    def ends(self, topic: str) -> dict[int, int]:
        return {0: len(self.records)}

    def fill(self, topic: str, records: Sequence[tuple[bytes, bytes]]) -> None:
        self.records += records

    def begin_at(self, group: str, topics: Mapping[str, Mapping[int, int]]) -> None:
        self.begun.append((group, dict(topics)))

    def python(self, module: str, *arguments: str, core: int | None = None, **environment: str) -> Command:
        self.started.append(arguments)
        return super().python(module, *arguments, core=core, **environment)

    def servers(self, without: str = "") -> Callable[[], float]:
        return lambda: 0.0


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


@pytest.fixture
def readers(log: Log) -> Readers:
    return Readers(log, STAGE, "films", lambda number: [(b"key", b"value")] * number)


def test_a_stage_alone_is_measured_with_nothing_written(log: Log, readers: Readers) -> None:
    assert 200 < readers.alone("count", NUMBER, "s3")(0).rate < 2600
    assert (log.started, log.records) == ([("count", "2000", "s3")], [])


def test_readers_of_the_same_records_get_those_that_are_missing_and_a_group_of_their_own(log: Log, readers: Readers) -> None:
    log.records += [(b"", b"")] * 100
    competitor = readers.reading(NUMBER, "count")
    for number_of_round in range(2):
        competitor(number_of_round)
    assert len(log.records) == NUMBER
    (_, first, group), (_, _, other) = log.started
    assert first == "2000" and group.startswith("bench-count-") and group != other


def test_a_service_begins_where_its_fresh_records_begin(log: Log, readers: Readers) -> None:
    log.records += [(b"", b"")] * 100
    assert readers.service(STAGE, "case-service", NUMBER)(0).rate > 200
    assert log.begun == [("case-service", {"films": {0: 100}})]
    assert len(log.records) == 100 + NUMBER


def test_bulk_alone_sends_what_the_sink_would_send() -> None:
    def sink(client: Any, records: Sequence[Any]) -> None:
        answer = client.perform_request("POST", "/_bulk", body=b"".join(b"{}\n%d\n" % record.event for record in records))
        assert [item["create"]["status"] for item in answer.body["items"]] == [201] * len(records)

    client: Any = RecordingElasticsearch()
    work = resending(client, "films", [[1, 2], [3]], sink)
    assert client.requests == []
    work()
    assert [SimpleNamespace(**named).body for _, named in client.requests] == [b"{}\n1\n{}\n2\n", b"{}\n3\n"]
