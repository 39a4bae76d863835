"""The in-memory publisher and dead letters pass the suites of the real ones."""

from __future__ import annotations

import pytest

from shared.consumer.dead_letters import DeadLetter, DeadLettersUnavailableError
from shared.producer import BrokerUnavailableError, Publisher
from tests.suites.cluster import MemoryCluster
from tests.suites.events import codec_of, seat_taken, topic_of
from tests.suites.publisher_suite import DeadLettersSuite, PublisherSuite, with_publisher


@pytest.fixture
def cluster() -> MemoryCluster:
    return MemoryCluster()


class TestInMemoryPublisher(PublisherSuite):
    """All of the suite."""


class TestInMemoryDeadLetters(DeadLettersSuite):
    """All of the suite."""


def test_while_the_broker_is_away_nothing_is_published_and_nobody_is_told_otherwise(cluster: MemoryCluster) -> None:
    topic = cluster.create_topic()
    cluster.broker.reachable = False

    async def act(publisher: Publisher) -> str | None:
        with pytest.raises(BrokerUnavailableError):
            await publisher.publish(topic_of(topic), codec_of(topic), [seat_taken(1)])
        return publisher.check()

    assert with_publisher(cluster, act) == "no broker can be reached"
    with pytest.raises(DeadLettersUnavailableError):
        cluster.dead_letters("cinema-seats").publish([DeadLetter(topic, 0, 0, None, b"", "")])
    cluster.broker.reachable = True
    assert cluster.records(topic) == []
