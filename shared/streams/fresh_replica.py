"""A compacted topic read to its end whenever that is asked for: for what must be as new as the records that are judged by it.

shared.streams.replica follows a topic on a thread of its own, and is as new as it is. Here `catch_up` returns only after everything has
been read that the log held when it was called, committed transactions included: it waits for those that are open.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import msgspec
from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from shared.consumer.dead_letters import DeadLetters, DeadLettersUnavailableError, dead_letter
from shared.consumer.group_offsets import OFFSET_NONE
from shared.registry import RegistryUnavailableError
from shared.serialization import AvroCodec, UnreadableError
from shared.stores import StoreUnavailableError
from shared.topics import Topic

E = TypeVar("E", bound=msgspec.Struct)

PATIENCE_SECONDS = 5.0
"""For one call; whoever calls tries again."""
ASKED_SECONDS = 1.0
"""For an answer of the leaders: from one that died there comes none, and its successor is found by asking again."""

Ends = Callable[[], Mapping[int, int]]
"""Where each partition ends now, open transactions included. Raises KafkaException."""


class ReplicaConsumer(Protocol):
    """What is used of confluent_kafka.Consumer, on read_committed and with partition ends."""

    def assign(self, partitions: list[TopicPartition]) -> None: ...
    def poll(self, timeout: float) -> Any: ...


def replica_consumer(client: dict[str, Any]) -> Consumer:
    return Consumer(
        client
        | {
            "group.id": "no-group-is-joined",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "log_level": 3,
        }
    )


def kafka_ends(client: dict[str, Any], topic: str, partitions: int) -> Ends:
    """Asks the leaders, once a call: a few milliseconds."""
    admin: AdminClient | None = None
    places = [TopicPartition(topic, number) for number in range(partitions)]

    def ends() -> dict[int, int]:
        nonlocal admin
        if admin is None:
            new = AdminClient(client | {"log_level": 3})
            # Asked for ends before it knows the leaders and has a connection, it looks for them after three seconds.
            new.list_topics(topic, timeout=ASKED_SECONDS)
            admin = new
        latest = {place: OffsetSpec.latest() for place in places}
        answers = admin.list_offsets(latest, isolation_level=IsolationLevel.READ_UNCOMMITTED, request_timeout=ASKED_SECONDS)
        try:
            found = {place.partition: future.result(2 * ASKED_SECONDS).offset for place, future in answers.items()}
            if any(offset < OFFSET_NONE for offset in found.values()):
                # librdkafka's answer for a leader that is dead: no error, but an offset that is none.
                raise KafkaException(KafkaError(KafkaError.LEADER_NOT_AVAILABLE))
            return found
        except (KafkaException, TimeoutError):
            # It asks by the leaders' epochs that it knows, and learns of no others: on FENCED_LEADER_EPOCH it does not look again.
            admin = None
            raise

    return ends


class FreshReplica(Generic[E]):
    """`on_event` is called for every record, in the order of each partition, inside `catch_up`. Any thread may call that."""

    def __init__(
        self,
        topic: Topic[E],
        codec: AvroCodec[E],
        consumer: ReplicaConsumer,
        ends: Ends,
        letters: DeadLetters,
        on_event: Callable[[E], None],
    ) -> None:
        self._topic = topic
        self._codec = codec
        self._consumer = consumer
        self._ends = ends
        self._letters = letters
        self._on_event = on_event
        self._reached: dict[int, int] = {}
        self._unread: Any = None
        self._lock = threading.Lock()

    def catch_up(self) -> None:
        """Raises StoreUnavailableError where the end was not reached within PATIENCE_SECONDS; what was read by then is kept."""
        with self._lock:
            deadline = time.monotonic() + PATIENCE_SECONDS
            try:
                ends = self._ends()
            except (KafkaException, TimeoutError) as error:
                raise StoreUnavailableError(f"{self._topic.name}: {error or 'its leaders did not answer'}") from error
            if not self._reached:
                self._reached = dict.fromkeys(ends, -1)
                self._consumer.assign([TopicPartition(self._topic.name, number, 0) for number in ends])
            while any(self._reached[number] < end for number, end in ends.items()):
                if time.monotonic() > deadline:
                    raise StoreUnavailableError(f"{self._topic.name} cannot be read to its end yet")
                self._unread = self._unread or self._consumer.poll(0.1)
                if self._unread is not None:
                    self._read(self._unread)
                    self._unread = None

    def _read(self, message: Any) -> None:
        error: KafkaError | None = message.error()
        if error is None:
            self._apply(message)
            self._advance(message.partition(), message.offset() + 1)
        elif error.code() == KafkaError._PARTITION_EOF:
            # Only an end tells of what lies behind the last record: marks of transactions, and what was aborted.
            self._advance(message.partition(), message.offset())
        elif error.fatal():
            raise KafkaException(error)

    def _advance(self, partition: int, offset: int) -> None:
        self._reached[partition] = max(self._reached[partition], offset)

    def _apply(self, message: Any) -> None:
        try:
            event = self._codec.decode(message.value())
        except RegistryUnavailableError as error:
            raise StoreUnavailableError(str(error)) from error
        except UnreadableError as error:
            try:
                self._letters.publish([dead_letter(message, str(error))])
            except DeadLettersUnavailableError as away:
                raise StoreUnavailableError(str(away)) from away
        else:
            self._on_event(event)
