"""A member that its own late commit has fenced joins anew; one that another has replaced is told so."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError

from shared.consumer import rejoining
from shared.consumer.rejoining import RejoiningConsumer

FENCED = SimpleNamespace(error=lambda: KafkaError(KafkaError._FATAL, "Static consumer fenced"))
RECORD = SimpleNamespace(error=lambda: None)


class Client:
    """In place of confluent_kafka.Consumer: gives what a test has put there."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.coming: list[Any] = []
        self.subscribed: list[str] = []
        self.closed = False

    def subscribe(self, topics: list[str], **callbacks: Any) -> None:
        self.subscribed, self.callbacks = topics, callbacks

    def poll(self, timeout: float) -> Any:
        return self.coming.pop(0) if self.coming else None

    def consume(self, num_messages: int, timeout: float) -> list[Any]:
        taken, self.coming = self.coming[:num_messages], self.coming[num_messages:]
        return taken

    def assignment(self) -> list[str]:
        return ["what the client says"]

    def close(self) -> None:
        self.closed = True


class World:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clients: list[Client] = []
        self.heard: list[tuple[str, Any]] = []
        monkeypatch.setattr(rejoining, "Consumer", self._make)
        self.consumer = RejoiningConsumer({"group.instance.id": "seats-0"})
        names = ("on_assign", "on_revoke", "on_lost")
        self.consumer.subscribe(["seats"], **{name: self._hearing(name) for name in names})

    def _make(self, config: dict[str, Any]) -> Client:
        self.clients.append(Client(config))
        return self.clients[-1]

    def _hearing(self, name: str) -> Callable[[Any, Any], None]:
        return lambda _, partitions: self.heard.append((name, partitions))

    def happens(self, name: str, partitions: list[str]) -> None:
        self.clients[-1].callbacks[name](self.consumer, partitions)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


@pytest.mark.parametrize("read", [lambda c: c.poll(0.1), lambda c: c.consume(10, 0.1)], ids=["poll", "consume"])
def test_who_is_fenced_after_its_session_ended_joins_anew_and_nobody_hears_of_it(world: World, read: Callable[[Any], Any]) -> None:
    world.happens("on_assign", ["seats-0"])
    world.happens("on_lost", ["seats-0"])
    world.clients[0].coming = [FENCED]
    assert not read(world.consumer)
    first, second = world.clients
    assert first.closed and not second.closed
    assert (second.config, second.subscribed) == (first.config, ["seats"])
    world.happens("on_assign", ["seats-1"])
    assert world.heard == [("on_assign", ["seats-0"]), ("on_lost", ["seats-0"]), ("on_assign", ["seats-1"])]


def test_what_was_read_together_with_the_error_is_handed_out(world: World) -> None:
    world.happens("on_lost", ["seats-0"])
    world.clients[0].coming = [RECORD, FENCED, RECORD]
    assert world.consumer.consume(10, 0.1) == [RECORD, RECORD]


@pytest.mark.parametrize("before", [[], ["on_assign"], ["on_lost", "on_assign"], ["on_assign", "on_revoke"]], ids=" then ".join)
def test_who_is_fenced_although_its_session_did_not_end_is_told(world: World, before: list[str]) -> None:
    for name in before:
        world.happens(name, ["seats-0"])
    world.clients[0].coming = [FENCED, FENCED]
    assert world.consumer.poll(0.1) is FENCED
    assert world.consumer.consume(10, 0.1) == [FENCED]
    assert len(world.clients) == 1


def test_other_errors_and_records_pass_and_all_else_is_the_clients(world: World) -> None:
    world.happens("on_lost", ["seats-0"])
    other = SimpleNamespace(error=lambda: KafkaError(KafkaError._TRANSPORT))
    world.clients[0].coming = [other, RECORD]
    assert (world.consumer.poll(0.1), world.consumer.poll(0.1), world.consumer.poll(0.1)) == (other, RECORD, None)
    assert world.consumer.assignment() == ["what the client says"]
