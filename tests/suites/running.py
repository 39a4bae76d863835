"""A ConsumerRunner on a thread, with a handler that a test can make fail, wait or refuse."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

from shared.consumer.dead_letters import DeadLetter, DeadLetters, DeadLettersUnavailableError
from shared.consumer.handler import Record, Rejection
from shared.consumer.runner import ConsumerRunner
from shared.health import Health
from shared.registry import RegistryUnavailableError
from shared.serialization import AvroCodec
from shared.stores import StoreUnavailableError
from shared.streams.transactional_runner import TransactionalRunner
from tests.suites.cluster import Cluster
from tests.suites.events import SeatTaken, codec_of


class Store:
    """A handler that keeps what it was given, in its order. Several runners may share one."""

    def __init__(self) -> None:
        self.away = False
        self.written: list[Record[SeatTaken]] = []
        self.tries = 0
        self.refused: set[int] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.crash_at: int | None = None

    def handle(self, records: Sequence[Record[SeatTaken]]) -> Iterable[Rejection]:
        self.tries += 1
        self.entered.set()
        assert self.gate.wait(30)
        if self.away:
            raise StoreUnavailableError("the store is away")
        if self.crash_at in {record.event.number for record in records}:
            raise RuntimeError("a defect of the handler")
        self.written += [record for record in records if record.event.number not in self.refused]
        return [Rejection(record, "the store refuses it") for record in records if record.event.number in self.refused]

    def numbers(self, partition: int | None = None) -> list[int]:
        return [record.event.number for record in self.written if partition is None or record.partition == partition]


class MoodyCodec(AvroCodec[Any]):
    """A codec whose registry can be away."""

    def __init__(self, codec: AvroCodec[Any]) -> None:
        self._inner = codec
        self.registry_away = False

    def encode(self, event: Any) -> bytes:
        return self._inner.encode(event)

    def decode(self, value: bytes | None) -> Any:
        if self.registry_away:
            raise RegistryUnavailableError("the registry is away")
        return self._inner.decode(value)


class MoodyDeadLetters:
    """They are away until a test lets them be there."""

    def __init__(self, inner: DeadLetters) -> None:
        self._inner = inner
        self.away = True
        self.tries = 0

    def publish(self, letters: list[DeadLetter]) -> None:
        self.tries += 1
        if self.away:
            raise DeadLettersUnavailableError("the dead letters are away")
        self._inner.publish(letters)


class OnThread:
    """A runner on a thread, started at once; `stop` waits for the end, which `error` explains where it was one."""

    def __init__(self, runner: ConsumerRunner | TransactionalRunner[Any]) -> None:
        self.error: BaseException | None = None
        self._runner = runner
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._runner.run()
        except BaseException as error:
            self.error = error

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    def stop(self, within: float = 30.0) -> None:
        self._runner.stop()
        self._thread.join(within)
        assert self.ended, f"the runner did not end within {within:g} s"


class Running(OnThread):
    """A ConsumerRunner."""

    def __init__(self, cluster: Cluster, topic: str, group: str, store: Store, instance: int | None = None, **options: Any) -> None:
        config = options.pop("config", {})
        self.health = Health()
        self.codec = MoodyCodec(codec_of(topic))
        self.runner = ConsumerRunner(
            cluster.consumer(group, instance, **config),
            {topic: self.codec},
            store,
            options.pop("dead_letters", None) or cluster.dead_letters(group),
            self.health,
            commit_interval_seconds=0.1,
            **options,
        )
        super().__init__(self.runner)
