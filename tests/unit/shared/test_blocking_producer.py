from __future__ import annotations

from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from shared import blocking_producer as module
from shared.blocking_producer import BlockingProducer, Written
from shared.producer import BrokerUnavailableError

RECORDS = [Written("seats", b"A1", b"1", [("source", b"x")]), Written("seats", None, None)]


class Producer:
    """A client whose outcomes a test sets."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.produced: list[tuple[Any, ...]] = []
        self.waiting: list[Any] = []
        self.error: KafkaError | None = None
        self.full_at: int | None = None
        self.left = 0

    def produce(self, topic: str, value: Any, key: Any, *, headers: Any, on_delivery: Any) -> None:
        if self.full_at == len(self.produced):
            raise BufferError("Local: Queue full")
        self.produced.append((topic, key, value, headers))
        self.waiting.append(on_delivery)

    def flush(self, timeout: float) -> int:
        if not self.left:
            for delivered in self.waiting:
                delivered(self.error, None)
            self.waiting = []
        return self.left


@pytest.fixture
def producer(monkeypatch: pytest.MonkeyPatch) -> BlockingProducer:
    monkeypatch.setattr(module, "Producer", Producer)
    return BlockingProducer("test", {})


def client(producer: BlockingProducer) -> Any:
    return producer._producer


def test_it_returns_once_all_are_acknowledged_by_every_replica(producer: BlockingProducer) -> None:
    producer.write(iter(RECORDS))
    producer.write([])
    assert client(producer).produced == [("seats", b"A1", b"1", [("source", b"x")]), ("seats", None, None, [])]
    assert client(producer).waiting == []
    assert client(producer).config["acks"] == "all"
    assert client(producer).config["enable.idempotence"]


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ({"error": KafkaError(KafkaError._MSG_TIMED_OUT)}, "timed out"),
        ({"left": 2}, "2 records not acknowledged"),
        ({"full_at": 1}, "full"),
    ],
)
def test_what_was_not_acknowledged_is_to_be_written_again(producer: BlockingProducer, trouble: dict[str, Any], reason: str) -> None:
    vars(client(producer)).update(trouble)
    with pytest.raises(BrokerUnavailableError, match=reason):
        producer.write(RECORDS)
    vars(client(producer)).update(error=None, left=0, full_at=None)
    producer.write(RECORDS)


def test_a_client_that_cannot_go_on_says_so(producer: BlockingProducer, monkeypatch: pytest.MonkeyPatch) -> None:
    def fatal(*_: Any, **__: Any) -> None:
        raise KafkaException(KafkaError(KafkaError._FATAL))

    monkeypatch.setattr(client(producer), "produce", fatal)
    with pytest.raises(BrokerUnavailableError):
        producer.write(RECORDS)
