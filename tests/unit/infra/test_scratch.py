"""What is asked of a topic, of a cluster whose brokers do not all know the same."""

from __future__ import annotations

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from infra.kafka import scratch
from infra.kafka.scratch import describe_topic

UNKNOWN = KafkaException(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART))


class Cluster:
    """Its metadata has the topic; asked for its configuration it gives one of `answers` after the other, then always the last."""

    def __init__(self, *answers: KafkaException | None) -> None:
        self._answers = list(answers)

    def list_topics(self, **_: Any) -> Any:
        return SimpleNamespace(brokers={1: None}, topics={"orders": SimpleNamespace(partitions={0: SimpleNamespace(replicas=[1])})})

    def describe_configs(self, asked: list[Any], **_: Any) -> dict[Any, Future[Any]]:
        error = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        futures: dict[Any, Future[Any]] = {resource: Future() for resource in asked}
        for future in futures.values():
            if error:
                future.set_exception(error)
            else:
                future.set_result({"min.insync.replicas": SimpleNamespace(value="2", source=5)})
        return futures


def test_a_broker_that_has_not_heard_of_a_new_topic_is_asked_again() -> None:
    assert describe_topic(Cluster(UNKNOWN, UNKNOWN, None), "orders").min_in_sync == 2


def test_a_topic_that_is_deleted_meanwhile_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "_PROPAGATION_SECONDS", 0.1)
    with pytest.raises(KafkaException, match="UNKNOWN_TOPIC_OR_PART"):
        describe_topic(Cluster(UNKNOWN), "orders")


def test_another_error_is_told_at_once() -> None:
    with pytest.raises(KafkaException, match="TOPIC_AUTHORIZATION_FAILED"):
        describe_topic(Cluster(KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)), None), "orders")
