"""The guard: what faust delivers again changes no state, and its entry and outputs are written once more."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import msgspec
import pytest
from structlog.testing import capture_logs

from shared.health import Health
from shared.registry import RegistryUnavailableError
from shared.serialization import AvroCodec
from shared.streams.guard import GuardedTable, Output
from shared.streams.watchdog import Watchdog
from tests.suites.events import SeatTaken, codec_of, seat_taken, topic_of


class Total(msgspec.Struct, frozen=True, array_like=True):
    amount: int


SOURCE = topic_of("test.source")
TOTALS = topic_of("test.totals")


class TP(NamedTuple):
    topic: str
    partition: int


class Channel:
    def __init__(self, sent: list[tuple[str, dict[str, Any]]], name: str) -> None:
        self._sent, self._name = sent, name

    async def send(self, **record: Any) -> None:
        self._sent.append((self._name, record))


class FaustStandIn:
    """What GuardedTable asks of faust.App: a table that is a dict, channels that remember, agents that a test feeds."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[bytes, bytes]] = {}
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.agents: dict[str, Any] = {}
        self.conf = SimpleNamespace(id="test-app")
        self.rebalanced: list[Any] = []
        self.on_rebalance_complete = SimpleNamespace(connect=lambda handler, weak: self.rebalanced.append(handler))
        self.owned = {0, 1}
        self.assignor = SimpleNamespace(assigned_actives=lambda: {TP(SOURCE.name, partition) for partition in self.owned})

    def Table(self, name: str, **_: Any) -> dict[bytes, bytes]:
        return self.tables.setdefault(name, {})

    def topic(self, name: str, **_: Any) -> Channel:
        return Channel(self.sent, name)

    def agent(self, _source: Channel, name: str, concurrency: int) -> Any:
        assert concurrency == 1
        return lambda function: self.agents.setdefault(name, function)

    def deliver(self, offset: int, value: bytes | None, partition: int = 0) -> None:
        message = SimpleNamespace(topic=SOURCE.name, partition=partition, offset=offset, key=b"k", value=value, headers=[("h", b"1")])

        async def events() -> Any:
            yield SimpleNamespace(message=message)

        asyncio.run(self.agents[SOURCE.name](SimpleNamespace(events=events)))


class Totals:
    """Publishes each total as it is."""

    def __init__(self, codec: AvroCodec[SeatTaken]) -> None:
        self._codec = codec
        self.known: dict[str, int] = {}
        self.restored = 0

    def restore(self, entries: Iterable[tuple[str, Total]]) -> None:
        self.restored += 1
        self.known = {key: total.amount for key, total in entries}

    def changed(self, key: str, state: Total) -> Sequence[Output]:
        self.known[key] = state.amount
        return [Output(TOTALS, self._codec, seat_taken(state.amount, key))]


class World:
    def __init__(self) -> None:
        self.codec = codec_of(SOURCE.name)
        self.totals_codec = codec_of(TOTALS.name)
        self.app = FaustStandIn()
        self.start()

    def start(self) -> None:
        """As after a crash: the table is what its changelog brings, everything else is new."""
        self.derived = Totals(self.totals_codec)
        app: Any = self.app
        app.agents = {}
        table = GuardedTable(app, "totals", Total, 1, self.derived, Watchdog(app, Health()))
        table.add_source(SOURCE, self.codec, lambda event: event.seat, self.add)

    def add(self, total: Total | None, event: SeatTaken) -> Total | None:
        if event.number < 0:
            raise ArithmeticError("negative")
        return Total((total.amount if total else 0) + event.number) if event.number else None

    def deliver(self, offset: int, amount: int, seat: str = "k", partition: int = 0) -> None:
        self.app.deliver(offset, self.codec.encode(seat_taken(amount, seat)), partition)

    def totals(self) -> list[int]:
        return [self.totals_codec.decode(record["value"]).number for name, record in self.app.sent if name == TOTALS.name]


@pytest.fixture
def world() -> World:
    return World()


def test_each_record_changes_the_state_once_and_publishes_it(world: World) -> None:
    world.deliver(0, 5)
    world.deliver(1, 7)
    assert world.totals() == [5, 12]


def test_a_record_that_comes_again_after_a_crash_changes_nothing_and_is_published_again(world: World) -> None:
    world.deliver(0, 5)
    world.deliver(1, 7)
    world.start()
    world.deliver(0, 5)
    world.deliver(1, 7)
    world.deliver(2, 1)
    assert world.totals() == [5, 12, 12, 12, 13]


def test_a_record_that_changes_nothing_writes_nothing(world: World) -> None:
    world.deliver(0, 0)
    assert world.app.sent == [] and world.app.tables["totals"] == {}


def test_what_is_derived_is_made_anew_from_the_table_once_after_each_rebalance(world: World) -> None:
    world.deliver(0, 5)
    world.deliver(1, 1)
    assert world.derived.restored == 1
    asyncio.run(world.app.rebalanced[0](None))
    world.deliver(2, 1)
    assert world.derived.restored == 2 and world.derived.known == {"k": 7}


def test_what_another_worker_owns_is_not_derived_here_although_the_table_has_a_copy_of_it(world: World) -> None:
    world.deliver(0, 5)
    world.deliver(0, 9, "theirs", partition=1)
    world.app.owned = {0}
    asyncio.run(world.app.rebalanced[0](None))
    world.deliver(1, 1)
    assert world.derived.known == {"k": 6}, "published, it would be older than what its owner published, and last in a compacted topic"


def test_an_entry_of_the_time_before_partitions_were_kept_is_derived(world: World) -> None:
    world.app.tables["totals"][b"k"] = msgspec.msgpack.encode([[5], {SOURCE.name: 0}])
    world.deliver(1, 1)
    assert world.derived.known == {"k": 6}


def test_what_cannot_be_read_goes_to_the_dead_letters_as_it_came_and_is_told(world: World) -> None:
    with capture_logs() as told:
        world.app.deliver(3, b"no avro")
    ((topic, record),) = world.app.sent
    assert topic == "test.source.dlq" and record["value"] == b"no avro" and record["key"] == b"k"
    assert record["headers"]["dlq_source_offset"] == b"3" and record["headers"]["h"] == b"1"
    assert [(line["topic"], line["offset"]) for line in told if line["event"] == "dead_letter"] == [("test.source", 3)]


def test_a_defect_of_the_rule_buries_the_record_instead_of_losing_it(world: World) -> None:
    world.deliver(4, -1)
    ((topic, record),) = world.app.sent
    assert topic == "test.source.dlq" and b"negative" in record["headers"]["dlq_reason"]


def test_a_registry_that_is_away_is_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = [RegistryUnavailableError("away"), seat_taken(5, "k")]

    def decode(_value: bytes | None) -> SeatTaken:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    waits: list[float] = []

    async def no_wait(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(world.codec, "decode", decode)
    monkeypatch.setattr("shared.streams.guard.asyncio", SimpleNamespace(sleep=no_wait))
    world.app.deliver(0, b"good")
    assert world.totals() == [5] and waits == [1]
