"""What users have set: a journal in Kafka with one writer at a time, held in memory by whoever writes it.

Each change is a Kafka transaction under one transactional id. So a newer process ends the one before it, whose late writes cannot
overwrite what it does not know; and a reader on read_committed can know that it has read every version that is in force: see `_write`.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, Protocol

from shared import metrics
from shared.clock import Clock
from shared.envelope import cloud_event
from shared.health import Heartbeat
from shared.logging import get_logger
from shared.producer import BrokerUnavailableError
from shared.registry import RegistryUnavailableError, UnknownSchemaError
from shared.serialization import AvroCodec
from shared.streams.state_log import StateLog
from shared.streams.transactions import TransactionAbortedError, Transactions
from shared.topics import Topic

log = get_logger(__name__)

SOURCE = "settings-api"
MOST_AT_ONCE = 200
PATIENCE_SECONDS = 20.0
HUNG_AFTER_SECONDS = 60.0
"""Longer than the transactions' own patience with a cluster that is away."""

Decide = Callable[[Any, int], tuple[Any, Any]]
"""What is set for the user and the time, to what is set after it and the answer. Pure; the same object means that nothing changes. What it
raises is raised to whoever asked."""

Key = tuple[str, str]
"""Topic and user."""


class Kept(NamedTuple):
    """A topic of the journal: how its values are written, what it holds of all partitions, and what a user has of whom it holds nothing."""

    topic: Topic[Any]
    codec: AvroCodec[Any]
    log: StateLog
    partitions: Sequence[int]
    nothing: Callable[[str], Any]


class SettingsJournal(Protocol):
    async def change(self, topic: Topic[Any], user_id: str, decide: Decide) -> Any:
        """The decision's answer, once it is in the log. Raises what the decision raises; BrokerUnavailableError: it may be in the log."""

    def current(self, topic: Topic[Any], user_id: str) -> Any:
        """What is set. Raises BrokerUnavailableError while the journal is still being read."""

    def check(self) -> str | None: ...
    def close(self) -> None: ...


class _Wanted(NamedTuple):
    key: Key
    decide: Decide
    answer: asyncio.Future[Any]
    give_up_at: float


class Journal:
    """One a process, with a thread of its own. `ended` is called where it cannot go on: the process is then to be started anew."""

    def __init__(self, transactions: Transactions, kept: Sequence[Kept], clock: Clock, ended: Callable[[], None]) -> None:
        self._transactions = transactions
        self._kept: Mapping[str, Kept] = {each.topic.name: each for each in kept}
        self._clock = clock
        self._ended = ended
        self._current: dict[Key, Any] = {}
        self._wanted: queue.SimpleQueue[_Wanted | None] = queue.SimpleQueue()
        """None only wakes the thread."""
        self._reason: str | None = "the settings are still being read"
        self._waiting: list[_Wanted] = []
        self._over = False
        self._closing = threading.Event()
        self.heartbeat = Heartbeat(HUNG_AFTER_SECONDS)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    async def change(self, topic: Topic[Any], user_id: str, decide: Decide) -> Any:
        loop = asyncio.get_running_loop()
        wanted = _Wanted((topic.name, user_id), decide, loop.create_future(), time.monotonic() + PATIENCE_SECONDS)
        self._wanted.put(wanted)
        if self._over:
            self._refuse_all()
        return await wanted.answer

    def current(self, topic: Topic[Any], user_id: str) -> Any:
        if self._reason is not None:
            raise BrokerUnavailableError(self._reason)
        return self._of((topic.name, user_id))

    def check(self) -> str | None:
        return self._reason

    def close(self) -> None:
        """What is under way is written first."""
        self._closing.set()
        self._wanted.put(None)
        self._thread.join(10)

    def _run(self) -> None:
        try:
            self._transactions.open()
            # Only now: nobody else can write any more.
            for kept in self._kept.values():
                for _, key, value in kept.log.read(kept.partitions):
                    self._current[kept.topic.name, key.decode()] = kept.codec.decode(value)
            self._reason = None
            log.info("journal_read", users=len(self._current))
            while not self._closing.is_set():
                self.heartbeat.beat()
                self._turn()
        except Exception as error:
            log.exception("journal_ended")
            self._reason = str(error)
            self._ended()
        self._over = True
        self._refuse_all()

    def _turn(self) -> None:
        self._gather()
        if not self._waiting:
            return
        try:
            changed, answers = self._handle(self._waiting)
        except (TransactionAbortedError, RegistryUnavailableError, UnknownSchemaError) as error:
            metrics.RETRIES.inc()
            self._reason = str(error)
            log.warning("settings_not_written", reason=str(error), changes=len(self._waiting))
            for wanted in [wanted for wanted in self._waiting if time.monotonic() > wanted.give_up_at]:
                self._waiting.remove(wanted)
                self._refuse(wanted)
            self._closing.wait(0.1)
            return
        self._reason = None
        self._current |= changed
        for wanted, answer in zip(self._waiting, answers, strict=True):
            _settle(wanted.answer, answer)
        self._waiting = []

    def _gather(self) -> None:
        """What came meanwhile; waits for one where there is none."""
        with suppress(queue.Empty):
            block = not self._waiting
            while len(self._waiting) < MOST_AT_ONCE:
                wanted = self._wanted.get(block, timeout=1)
                if wanted is not None:
                    self._waiting.append(wanted)
                block = False

    def _handle(self, waiting: Sequence[_Wanted]) -> tuple[dict[Key, Any], list[Any]]:
        changed, answers = self._decide(waiting)
        return self._transactions.run(lambda: self._write(waiting, list(changed))) if changed else (changed, answers)

    def _write(self, waiting: Sequence[_Wanted], keys: Sequence[Key]) -> tuple[dict[Key, Any], list[Any]]:
        # What is set now is written once more, and is in the log of every in-sync replica before the time is taken from which the change
        # counts. Whoever reads on read_committed up to what the log holds at a later moment waits there for the end of this transaction,
        # and so cannot miss a version that was in force by then.
        for key in keys:
            self._produce(key, self._of(key))
        self._transactions.flush()
        changed, answers = self._decide(waiting)
        for key, event in changed.items():
            self._produce(key, event)
        return changed, answers

    def _decide(self, waiting: Sequence[_Wanted]) -> tuple[dict[Key, Any], list[Any]]:
        now = self._clock()
        changed: dict[Key, Any] = {}
        answers: list[Any] = []
        for wanted in waiting:
            before = changed.get(wanted.key) or self._of(wanted.key)
            try:
                after, answer = wanted.decide(before, now)
            except Exception as error:
                answers.append(error)
                continue
            answers.append(answer)
            if after is not before:
                changed[wanted.key] = after
        return changed, answers

    def _of(self, key: Key) -> Any:
        topic, user_id = key
        return self._current.get(key) or self._kept[topic].nothing(user_id)

    def _produce(self, key: Key, event: Any) -> None:
        kept = self._kept[key[0]]
        headers = cloud_event(SOURCE, type(event).__name__, event.event_id, event.occurred_at)
        self._transactions.produce(kept.topic.name, kept.codec.encode(event), kept.topic.key_of(event), headers=headers)

    def _refuse_all(self) -> None:
        while self._waiting:
            self._refuse(self._waiting.pop())
        with suppress(queue.Empty):
            while True:
                self._refuse(self._wanted.get_nowait())

    def _refuse(self, wanted: _Wanted | None) -> None:
        if wanted is not None:
            _settle(wanted.answer, BrokerUnavailableError(self._reason or "the service is stopping"))


def _settle(answer: asyncio.Future[Any], value: Any) -> None:
    def resolve() -> None:
        if answer.done():
            return
        if isinstance(value, Exception):
            answer.set_exception(value)
        else:
            answer.set_result(value)

    answer.get_loop().call_soon_threadsafe(resolve)
