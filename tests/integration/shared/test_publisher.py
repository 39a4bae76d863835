"""EventPublisher and KafkaDeadLetters on the real cluster, and on none."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

import shared.producer
from shared.consumer.dead_letters import DeadLetter, DeadLettersUnavailableError, KafkaDeadLetters
from shared.producer import BrokerUnavailableError, EventPublisher
from shared.testing import eventually_async
from tests.integration.real_cluster import RealCluster
from tests.suites.events import codec_of, seat_taken, topic_of
from tests.suites.publisher_suite import DeadLettersSuite, PublisherSuite

NOBODY = {"bootstrap.servers": "127.0.0.1:1", "reconnect.backoff.max.ms": 1000}


class TestEventPublisher(PublisherSuite):
    """All of the suite."""


class TestKafkaDeadLetters(DeadLettersSuite):
    """All of the suite."""


def test_while_no_broker_can_be_reached_the_answer_comes_at_once() -> None:
    async def act() -> None:
        publisher = EventPublisher("ticket-api", NOBODY)
        await eventually_async(lambda: _answer(publisher.check() == "no broker can be reached"))
        started = time.monotonic()
        with pytest.raises(BrokerUnavailableError):
            await publisher.publish(topic_of("t"), codec_of("t"), [seat_taken(1)])
        assert time.monotonic() - started < shared.producer.DELIVERY_TIMEOUT_MS / 1000 / 3, "it waits for no delivery"
        await publisher.close()

    asyncio.run(act())


def test_a_record_that_the_cluster_refuses_is_an_error_and_not_a_silence(cluster: RealCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared.producer, "PRODUCER_CONFIG", shared.producer.PRODUCER_CONFIG | {"delivery.timeout.ms": 2000})

    async def act() -> None:
        publisher = EventPublisher("ticket-api", cluster.client)
        with pytest.raises(BrokerUnavailableError):
            await publisher.publish(topic_of("test.no-such-topic"), codec_of("test.no-such-topic"), [seat_taken(1)])
        await publisher.close()

    asyncio.run(act())


def test_a_full_queue_is_an_error_for_the_whole_call(cluster: RealCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    topic = cluster.create_topic()
    small: dict[str, Any] = {"queue.buffering.max.messages": 10, "linger.ms": 200}
    monkeypatch.setattr(shared.producer, "PRODUCER_CONFIG", shared.producer.PRODUCER_CONFIG | small)

    async def act() -> None:
        publisher = EventPublisher("ticket-api", cluster.client)
        with pytest.raises(BrokerUnavailableError):
            await publisher.publish(topic_of(topic), codec_of(topic), [seat_taken(n) for n in range(30)])
        await publisher.publish(topic_of(topic), codec_of(topic), [seat_taken(99)])
        await publisher.close()

    asyncio.run(act())
    numbers = [codec_of(topic).decode(message.value()).number for message in cluster.records(topic)]
    assert numbers == [*range(len(numbers) - 1), 99]


def test_close_delivers_what_is_on_its_way(cluster: RealCluster) -> None:
    topic = cluster.create_topic()

    async def act() -> None:
        publisher = EventPublisher("ticket-api", cluster.client)
        call = asyncio.create_task(publisher.publish(topic_of(topic), codec_of(topic), [seat_taken(n) for n in range(100)]))
        await asyncio.wait([call], timeout=0)
        await publisher.close()
        await call

    asyncio.run(act())
    assert len(cluster.records(topic)) == 100


def test_dead_letters_without_a_broker_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.blocking_producer.PRODUCER_CONFIG", shared.producer.PRODUCER_CONFIG | {"delivery.timeout.ms": 1000})
    letters = KafkaDeadLetters("cinema-seats", NOBODY)
    with pytest.raises(DeadLettersUnavailableError):
        letters.publish([DeadLetter("t", 0, 0, None, b"", "")])


async def _answer(value: bool) -> bool:
    return value
