"""How far groups are behind, in records and in time, on a clock that a test moves."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from shared.consumer import group_progress as module
from shared.consumer.group_offsets import Place, Places
from shared.consumer.group_progress import OLD_SECONDS, RATE_SECONDS, Behind, GroupProgress, Log

FIRST, SECOND = ("seats", 0), ("seats", 1)


class Cluster:
    """What a test says that the log holds and that groups have committed; looked at when it says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.ends: Places = {FIRST: 0}
        self.groups: dict[str, Places] = {"group-a": {}, "group-b": {}}
        self.away = False
        self.opened = self.closed = 0
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: self.now))
        no_thread = SimpleNamespace(Lock=threading.Lock, Thread=lambda **_: SimpleNamespace(start=lambda: None))
        monkeypatch.setattr(module, "threading", no_thread)
        self.progress = GroupProgress(self._open, "seats", {"a": "group-a", "b": "group-b"})  # type: ignore[arg-type]

    def _open(self) -> Cluster:
        self.opened += 1
        return self

    def places(self, topics: list[str]) -> list[Place]:
        assert topics == ["seats"]
        if not self.ends:
            raise KeyError("seats")
        return list(self.ends)

    def offsets(self, places: list[Place], spec: Any) -> Places:
        if self.away:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        return dict(self.ends)

    def committed(self, group: str, places: Any) -> Places:
        return {place: offset for place, offset in self.groups[group].items() if place in places}

    def close(self) -> None:
        self.closed += 1

    def look(self, seconds: float = 1.0) -> None:
        self.now += seconds
        self.progress._look()


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    return Cluster(monkeypatch)


def test_before_the_first_look_nothing_is_known(cluster: Cluster) -> None:
    assert (cluster.progress.log(), cluster.progress.behind("a")) == (None, None)


def test_who_has_read_all_is_not_behind_nor_who_is_ahead_of_the_look(cluster: Cluster) -> None:
    cluster.ends = {FIRST: 5, SECOND: 0}
    cluster.groups = {"group-a": {FIRST: 5}, "group-b": {FIRST: 7}}
    cluster.look()
    assert cluster.progress.behind("a") == cluster.progress.behind("b") == Behind(0, 0.0)


def test_who_is_behind_is_so_since_the_log_went_beyond_what_it_has_read(cluster: Cluster) -> None:
    cluster.groups["group-a"] = {FIRST: 5, SECOND: 1}
    for end in (5, 6, 9, 9):
        cluster.ends = {FIRST: end, SECOND: 1}
        cluster.look()
    cluster.now += 0.5
    assert cluster.progress.behind("a") == Behind(4, 2.5)
    cluster.groups["group-a"] = {FIRST: 8, SECOND: 1}
    cluster.look()
    assert cluster.progress.behind("a") == Behind(1, 2.5)


def test_a_group_that_never_committed_is_behind_by_all(cluster: Cluster) -> None:
    cluster.ends = {FIRST: 5, SECOND: 2}
    cluster.look()
    assert cluster.progress.behind("b") == Behind(7, 0.0)


def test_a_partition_that_came_later_counts_from_then(cluster: Cluster) -> None:
    cluster.look()
    cluster.look()
    cluster.ends = {FIRST: 0, SECOND: 3}
    cluster.look()
    cluster.now += 2
    assert cluster.progress.behind("a") == Behind(3, 2.0)


def test_what_was_seen_long_ago_is_no_answer(cluster: Cluster) -> None:
    cluster.look()
    cluster.away = True
    cluster.now += OLD_SECONDS
    assert cluster.progress.behind("a") == Behind(0, 0.0)
    assert cluster.progress.log() == Log(0, 0.0)
    cluster.now += 0.1
    assert (cluster.progress.log(), cluster.progress.behind("a")) == (None, None)


def test_the_rate_is_of_the_last_seconds(cluster: Cluster) -> None:
    for end in (0, 1000, 1000, 1010, 1020, 1030, 1040, 1050):
        cluster.ends = {FIRST: end}
        cluster.look()
    assert cluster.progress.log() == Log(1050, 50 / RATE_SECONDS)


def test_the_layers_are_settled_once_every_group_has_read_what_the_log_holds_now(cluster: Cluster) -> None:
    cluster.ends = {FIRST: 5, SECOND: 0}
    cluster.groups = {"group-a": {FIRST: 5}, "group-b": {FIRST: 4}}
    assert not cluster.progress.settled()
    cluster.groups["group-b"] = {FIRST: 5}
    assert cluster.progress.settled()


def test_a_topic_that_the_broker_does_not_know_yet_is_an_answer_of_kafka(cluster: Cluster) -> None:
    cluster.ends = {}
    with pytest.raises(KafkaException) as raised:
        cluster.progress.settled()
    assert raised.value.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART


def test_a_client_that_was_not_answered_is_replaced(cluster: Cluster) -> None:
    cluster.look()
    cluster.away = True
    for ask in (cluster.progress.settled, cluster.look):
        with pytest.raises(KafkaException):
            ask()
    cluster.away = False
    cluster.look()
    assert cluster.progress.settled()
    assert (cluster.opened, cluster.closed) == (3, 2)
