"""A producer for workers that have to know, before they go on, that what they wrote is in the log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from confluent_kafka import KafkaException, Producer

from shared.producer import PRODUCER_CONFIG, BrokerUnavailableError

PATIENCE_SECONDS = 5.0
"""A worker has its group to answer to: it tries again rather than to wait for long."""


class Written(NamedTuple):
    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()


class BlockingProducer:
    def __init__(self, name: str, client: dict[str, Any]) -> None:
        self._producer = Producer(PRODUCER_CONFIG | client | {"client.id": name, "log_level": 3})

    def write(self, records: Iterable[Written]) -> None:
        """Returns once all are in every in-sync replica. Raises BrokerUnavailableError: some may be there, write all of them again."""
        errors: list[str] = []

        def delivered(error: Any, _message: Any) -> None:
            if error is not None:
                errors.append(str(error))

        try:
            for topic, key, value, headers in records:
                self._producer.produce(topic, value, key, headers=list(headers), on_delivery=delivered)
            left = self._producer.flush(PATIENCE_SECONDS)
        except (BufferError, KafkaException) as error:
            raise BrokerUnavailableError(str(error)) from error
        if left or errors:
            raise BrokerUnavailableError(errors[0] if errors else f"{left} records not acknowledged yet")
