"""A Kafka consumer as every member of a group here is configured and read."""

from __future__ import annotations

from typing import Any, Protocol

from confluent_kafka import KafkaError, KafkaException, TopicPartition

from shared.consumer.commits import CommitStrategy
from shared.logging import get_logger

log = get_logger(__name__)

SESSION_TIMEOUT_MS = 6000
MAX_POLL_INTERVAL_MS = 300_000
HUNG_SECONDS = 120.0
"""A turn of a poll loop that takes longer will not end; well before the group would take the partitions away."""
PREFETCHED_KIB = 16384
"""What the client fetches ahead: no read brings more."""


def consumer_config(
    client: dict[str, Any], group: str, instance: int, *, gather_ms: int = 0, commits: CommitStrategy = CommitStrategy.AFTER
) -> dict[str, Any]:
    """A member of `group` that keeps its partitions over a quick restart (static membership, KIP-345).

    `gather_ms`: let the brokers gather records for so long, or 64 KiB of them, before they answer a fetch. At a few hundred records
    a second most of a broker's work is answering fetches of one record each; who can wait spares it that.
    """
    return client | {
        "group.id": group,
        "group.instance.id": f"{group}-{instance}",
        "client.id": f"{group}-{instance}",
        "enable.auto.commit": commits is CommitStrategy.AUTOMATIC,
        "enable.auto.offset.store": commits is CommitStrategy.AUTOMATIC,
        # A new group owes the view everything that the topic still holds.
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
        "partition.assignment.strategy": "cooperative-sticky",
        "session.timeout.ms": SESSION_TIMEOUT_MS,
        "heartbeat.interval.ms": 1000,
        "max.poll.interval.ms": MAX_POLL_INTERVAL_MS,
        # A topic that the broker asked had not heard of yet is looked for again soon, not after five minutes with nothing assigned.
        "topic.metadata.refresh.interval.ms": 5000,
        "fetch.min.bytes": 65536 if gather_ms else 1,
        # With nothing to gather the answer comes with the first record, however long the wait may be.
        "fetch.wait.max.ms": gather_ms or 500,
        "queued.max.messages.kbytes": PREFETCHED_KIB,
        # A full queue is looked at again soon: after the second that librdkafka waits by itself, a fast reader has long been idle.
        "fetch.queue.backoff.ms": 10,
        "log_level": 3,
    }


class KafkaConsumer(Protocol):
    """What the runners use of confluent_kafka.Consumer; the in-memory broker offers the same."""

    def subscribe(self, topics: list[str], **callbacks: Any) -> None: ...
    def poll(self, timeout: float) -> Any: ...
    def consume(self, num_messages: int, timeout: float) -> list[Any]: ...
    def commit(self, *, offsets: list[TopicPartition], asynchronous: bool) -> Any: ...
    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]: ...
    def get_watermark_offsets(self, partition: TopicPartition, timeout: float, cached: bool) -> tuple[int, int]: ...
    def assignment(self) -> list[TopicPartition]: ...
    def pause(self, partitions: list[TopicPartition]) -> None: ...
    def resume(self, partitions: list[TopicPartition]) -> None: ...
    def incremental_assign(self, partitions: list[TopicPartition]) -> None: ...
    def incremental_unassign(self, partitions: list[TopicPartition]) -> None: ...
    def close(self) -> None: ...


def read_messages(consumer: KafkaConsumer, most: int, wait_seconds: float, gather_seconds: float = 0.0) -> list[Any]:
    """Wait for one record, then take what is there or comes within `gather_seconds`: up to `most`, and one even where that is 0.

    Rebalance callbacks run inside: a record may be of a partition that one of them has just taken away. Raises KafkaException where the
    consumer cannot go on; what else it says instead of a record is logged.
    """
    first = consumer.poll(wait_seconds)  # `consume(n, t)` alone would wait the whole t for n
    if first is None:
        return []
    messages = [first, *(consumer.consume(most - 1, gather_seconds) if most > 1 else ())]
    return [message for message in messages if not _failed(message)]


def _failed(message: Any) -> bool:
    error: KafkaError | None = message.error()
    if error is None:
        return False
    # A fenced static member gets one message with this code, and then silence; `fatal()` is about producers.
    if error.code() == KafkaError._FATAL or error.fatal():
        raise KafkaException(error)
    log.warning("consumer_error", error=error.str(), code=error.name())
    return True
