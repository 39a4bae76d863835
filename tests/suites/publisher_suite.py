"""What a command API relies on in a publisher, and a consumer in its dead letters."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from shared.clock import to_rfc3339
from shared.consumer.dead_letters import DeadLetter
from shared.contracts import DEAD_LETTER_SUFFIX
from shared.envelope import trace_parent
from shared.producer import Publisher
from shared.testing.partitioner import partition_of
from tests.suites.cluster import Cluster
from tests.suites.events import codec_of, seat_taken, topic_of


def with_publisher(cluster: Cluster, act: Callable[[Publisher], Awaitable[Any]]) -> Any:
    async def session() -> Any:
        publisher = cluster.publisher("ticket-api")
        try:
            return await act(publisher)
        finally:
            await publisher.close()

    return asyncio.run(session())


class PublisherSuite:
    """Subclasses give the fixture `cluster`."""

    def test_what_was_published_is_in_the_log_when_the_call_returns(self, cluster: Cluster) -> None:
        topic = cluster.create_topic()
        codec = codec_of(topic)

        async def act(publisher: Publisher) -> int:
            await publisher.publish(topic_of(topic), codec, [seat_taken(n) for n in range(50)])
            return len(await asyncio.to_thread(cluster.records, topic))

        assert with_publisher(cluster, act) == 50
        assert [codec.decode(message.value()) for message in cluster.records(topic)] == [seat_taken(n) for n in range(50)]

    def test_the_headers_are_those_of_a_cloud_event_with_the_trace_of_the_request(self, cluster: Cluster) -> None:
        topic = cluster.create_topic()
        trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

        async def act(publisher: Publisher) -> None:
            trace_parent.set(trace)
            await publisher.publish(topic_of(topic), codec_of(topic), [seat_taken(7)])

        with_publisher(cluster, act)
        (message,) = cluster.records(topic)
        assert dict(message.headers()) == {
            "ce_specversion": b"1.0",
            "ce_id": b"event-7",
            "ce_source": b"ticket-api",
            "ce_type": b"SeatTaken",
            "ce_time": to_rfc3339(seat_taken(7).occurred_at).encode(),
            "content-type": b"application/avro",
            "traceparent": trace.encode(),
        }

    def test_a_key_stands_where_javas_partitioner_puts_it(self, cluster: Cluster) -> None:
        topic = cluster.create_topic(6)
        seats = [f"seat-{number}" for number in range(30)]

        async def act(publisher: Publisher) -> None:
            await publisher.publish(topic_of(topic), codec_of(topic), [seat_taken(n, seat) for n, seat in enumerate(seats)])

        with_publisher(cluster, act)
        found = {message.key().decode(): message.partition() for message in cluster.records(topic)}
        assert found == {seat: partition_of(seat.encode(), 6) for seat in seats}

    def test_nothing_to_publish_is_published_at_once(self, cluster: Cluster) -> None:
        topic = cluster.create_topic()
        with_publisher(cluster, lambda publisher: publisher.publish(topic_of(topic), codec_of(topic), []))
        assert cluster.records(topic) == []

    def test_events_of_one_key_keep_their_order_over_calls(self, cluster: Cluster) -> None:
        topic = cluster.create_topic(3)

        async def act(publisher: Publisher) -> None:
            for number in range(20):
                await publisher.publish(topic_of(topic), codec_of(topic), [seat_taken(number)])

        with_publisher(cluster, act)
        numbers = [codec_of(topic).decode(message.value()).number for message in cluster.records(topic)]
        assert numbers == list(range(20))

    def test_a_publisher_of_a_cluster_that_answers_is_healthy(self, cluster: Cluster) -> None:
        async def act(publisher: Publisher) -> str | None:
            return publisher.check()

        assert with_publisher(cluster, act) is None

    def test_many_at_once_are_all_acknowledged(self, cluster: Cluster) -> None:
        topic = cluster.create_topic(3)

        async def act(publisher: Publisher) -> None:
            codec, name = codec_of(topic), topic_of(topic)
            await asyncio.gather(*(publisher.publish(name, codec, [seat_taken(n, f"seat-{n}")]) for n in range(300)))

        with_publisher(cluster, act)
        assert len(cluster.records(topic)) == 300

    def test_a_cancelled_request_disturbs_no_other(self, cluster: Cluster) -> None:
        topic = cluster.create_topic()

        async def act(publisher: Publisher) -> None:
            codec, name = codec_of(topic), topic_of(topic)
            calls = [asyncio.create_task(publisher.publish(name, codec, [seat_taken(n)])) for n in range(20)]
            await asyncio.wait(calls[:1], timeout=0)
            for call in calls[::2]:
                call.cancel()
            results = await asyncio.gather(*calls, return_exceptions=True)
            assert [result for result in results[1::2] if result is not None] == []
            await publisher.publish(name, codec, [seat_taken(99)])

        with_publisher(cluster, act)
        numbers = {codec_of(topic).decode(message.value()).number for message in cluster.records(topic)}
        assert {*range(1, 20, 2), 99} <= numbers


class DeadLettersSuite:
    """Subclasses give the fixture `cluster`."""

    @pytest.mark.parametrize("value", [b"\xff\x00 no record", b"", None])
    def test_a_dead_letter_keeps_its_bytes_and_headers_and_tells_its_place_and_reason(self, cluster: Cluster, value: bytes | None) -> None:
        topic = cluster.create_topic()
        letter = DeadLetter(topic, 2, 41, b"ada", value, "cannot be read: \N{SNOWMAN}" + "x" * 2000, (("ce_id", b"1"), ("empty", None)))
        cluster.dead_letters("cinema-seats").publish([letter])
        (message,) = cluster.records(topic + DEAD_LETTER_SUFFIX)
        assert (message.key(), message.value()) == (b"ada", value)
        headers = dict(message.headers())
        reason = headers.pop("dlq_reason")
        assert reason.decode().startswith("cannot be read: \N{SNOWMAN}x")
        assert len(reason) < 1100
        assert headers == {
            "ce_id": b"1",
            "empty": None,
            "dlq_source_topic": topic.encode(),
            "dlq_source_partition": b"2",
            "dlq_source_offset": b"41",
            "dlq_consumer": b"cinema-seats",
        }

    @pytest.mark.parametrize(
        ("key", "value", "headers"),
        [
            (b"ada", os.urandom(1_048_000), [("ce_id", b"1")]),
            (b"ada", b"x" * 10_000_000, []),
            (os.urandom(1_048_000), None, []),
            (None, b"x", [("ce_id", b"1" * 5_000_000)]),
        ],
        ids=["as large as Java's clients send", "packed well", "of key", "of headers"],
    )
    def test_a_record_of_any_size_becomes_a_dead_letter_that_says_how_much_of_it_was_cut(
        self, cluster: Cluster, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
    ) -> None:
        topic = cluster.create_topic()
        cluster.dead_letters("cinema-seats").publish([DeadLetter(topic, 2, 41, key, value, "no record", tuple(headers))])
        (message,) = cluster.records(topic + DEAD_LETTER_SUFFIX)
        assert len(message) < 1_000_000
        assert (value or b"").startswith(message.value() or b"")
        had = sum(len(part) for part in (key or b"", value or b"", *(name.encode() + content for name, content in headers)))
        told = dict(message.headers())
        assert (told["dlq_cut_from"], told["dlq_source_offset"]) == (str(had).encode(), b"41")
