"""The processor of the transactional suites: how often was each seat taken, and by which numbers?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from shared.health import Health
from shared.serialization import UnreadableError
from shared.streams.processor import Place, Processor
from shared.streams.transactional_runner import TransactionalRunner
from shared.streams.transactions import Transactions
from tests.suites.cluster import Cluster
from tests.suites.events import SeatTaken, codec_of, topic_of
from tests.suites.running import MoodyCodec, OnThread

FORGET = -1
"""A number that makes the processor forget its seat."""


class Counted(msgspec.Struct, frozen=True, array_like=True):
    seat: str
    number: int
    count: int
    event_id: str = "counted"
    occurred_at: int = 0


class CountedCodec:
    def encode(self, event: Counted) -> bytes:
        return msgspec.msgpack.encode(event)

    def decode(self, value: bytes | None) -> Counted:
        try:
            return msgspec.msgpack.decode(value or b"", type=Counted)
        except msgspec.MsgspecError as error:
            raise UnreadableError(str(error)) from error


def count(state: int | None, event: SeatTaken) -> tuple[int | None, Sequence[Counted]]:
    if event.number == FORGET:
        return None, ()
    now = (state or 0) + 1
    return now, [Counted(event.seat, event.number, now)]


def counting(source: str, output: str, codec: Any = None) -> Processor:
    places = {Counted: Place(output, CountedCodec(), lambda counted: counted.seat.encode())}
    return Processor(Place(source, codec or codec_of(source), topic_of(source).key_of), int, count, places)


class Topics:
    """The three topics of a processor."""

    def __init__(self, cluster: Cluster, partitions: int = 1) -> None:
        self._cluster = cluster
        self.source, self.state, self.output = (cluster.create_topic(partitions) for _ in range(3))

    def counted(self) -> list[Counted]:
        return [CountedCodec().decode(message.value()) for message in self._cluster.records(self.output)]

    def states(self) -> dict[str, int | None]:
        """The last record of each seat."""
        records = self._cluster.records(self.state)
        return {m.key().decode(): None if m.value() is None else msgspec.msgpack.decode(m.value()) for m in records}


def _fail(code: int) -> None:
    """In place of the end of the process, which here is pytest's: on its thread, so that the test fails."""
    raise AssertionError("a call of the transactions did not come back")


class CountingRunner(OnThread):
    """A TransactionalRunner."""

    def __init__(self, cluster: Cluster, topics: Topics, group: str, instance: int = 0, **options: Any) -> None:
        self.health = Health()
        self.codec = MoodyCodec(codec_of(topics.source))
        self.codec.registry_away = options.pop("registry_away", False)
        processor = counting(topics.source, topics.output, self.codec)
        if "transition" in options:
            processor = processor._replace(transition=options.pop("transition"))
        if "prepare" in options:
            processor = processor._replace(prepare=options.pop("prepare"))
        self.producer = options.pop("producer", None) or cluster.transactions(group, instance)
        self.runner: TransactionalRunner[int] = TransactionalRunner(
            cluster.consumer(group, instance),  # type: ignore[arg-type]
            Transactions(self.producer, _fail),
            group,
            processor,
            cluster.state_log(topics.state),
            self.health,
            gather_seconds=options.pop("gather_seconds", 0.02),
            **options,
        )
        super().__init__(self.runner)


def assert_exact(sent: Sequence[SeatTaken], topics: Topics) -> None:
    """AssertionError where anything differs; also for a while after a commit, whose end each partition is told by itself."""
    wrong = discrepancies(sent, topics.counted(), topics.states())
    assert not wrong, wrong[:5]


def discrepancies(sent: Sequence[SeatTaken], counted: Sequence[Counted], states: dict[str, int | None]) -> list[str]:
    """What differs from each event counted once, in its order, with every count in the outputs and the last one in the state."""
    expected: dict[str, list[tuple[int, int]]] = {}
    for event in sent:
        seats = expected.setdefault(event.seat, [])
        seats.append((event.number, len(seats) + 1))
    found: dict[str, list[tuple[int, int]]] = {}
    for output in counted:
        found.setdefault(output.seat, []).append((output.number, output.count))
    wrong = [f"{seat}: {len(found.get(seat, []))} outputs of {len(e)}, or others" for seat, e in expected.items() if found.get(seat) != e]
    wrong += [f"{seat} was never sent" for seat in found.keys() - expected.keys()]
    wrong += [f"{seat}: state {states.get(seat)} of {len(e)}" for seat, e in expected.items() if states.get(seat) != len(e)]
    return wrong
