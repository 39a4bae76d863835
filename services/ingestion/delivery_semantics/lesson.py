"""One strategy under kill -9, with a topic, an index and a group of its own."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple
from uuid import uuid4

import msgspec
from confluent_kafka.admin import AdminClient, NewTopic

from services.ingestion.contracts.delivery import Delivery
from services.ingestion.contracts.events import EventCollected, EventCollectedCodec
from services.ingestion.contracts.stores import EVENTS_INDEX
from services.ingestion.contracts.topics import CASE_DIR
from shared.blocking_producer import BlockingProducer, Written
from shared.consumer.group_offsets import LATEST, GroupOffsets
from shared.contracts import DEAD_LETTER_SUFFIX, load_contracts
from shared.settings import ServiceSettings
from shared.stores import search

ROOT = Path(__file__).parents[3]
PARTITIONS = 3
TOGETHER = 5000
BATCH_SIZE = 2500
"""Some ten milliseconds of work before the request is on its way: from then on Elasticsearch writes it, whoever is killed."""
PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.002
COUNT_SECONDS = 0.1
PAGE = 10_000


class Outcome(NamedTuple):
    sent: int
    documents: int
    lost: int
    doubled: int


class StuckError(Exception):
    """The sink came no farther within PATIENCE_SECONDS."""


class Lesson:
    """A context: makes what it needs, and removes it."""

    def __init__(self, delivery: Delivery, settings: ServiceSettings, environment: dict[str, str]) -> None:
        self._delivery = delivery
        self._client = settings.kafka.client()
        self._elasticsearch = search.connect(settings.elasticsearch)
        self._name = f"lesson-{delivery}-{uuid4().hex[:8]}"
        self._topic = f"ingestion.{self._name}"
        self._environment = environment
        self._sink: subprocess.Popen[bytes] | None = None
        self._sent = 0

    def __enter__(self) -> Lesson:
        admin = AdminClient(self._client)
        replication = len(admin.list_topics(timeout=10).brokers)
        topics = [NewTopic(name, PARTITIONS, min(3, replication)) for name in (self._topic, self._topic + DEAD_LETTER_SUFFIX)]
        for done in admin.create_topics(topics).values():
            done.result()
        body = next(index.body for index in load_contracts(CASE_DIR).indices if index.alias == EVENTS_INDEX)
        self._elasticsearch.indices.create(index=f"{self._name}-v1", aliases={self._name: {}}, **body)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._kill()
        admin = AdminClient(self._client)
        for done in admin.delete_topics([self._topic, self._topic + DEAD_LETTER_SUFFIX]).values():
            done.result()
        for done in admin.delete_consumer_groups([self._name]).values():
            # The killed member is in it until its session ends; a group without members and topics is forgotten by the brokers.
            done.exception()
        self._elasticsearch.indices.delete(index=f"{self._name}-v1")
        self._elasticsearch.close()

    def write(self, events: int) -> None:
        """All of them before the sink begins: so it always works when it is killed."""
        producer, codec = BlockingProducer(self._name, self._client), EventCollectedCodec()
        for start in range(0, events, TOGETHER):
            together = (self._event(number) for number in range(start, min(start + TOGETHER, events)))
            producer.write([Written(self._topic, event.key.encode(), codec.encode(event)) for event in together])
        self._sent = events

    def run(self, kills: int) -> Outcome:
        """Raises StuckError."""
        for number in range(kills):
            self._start()
            self._wait_for(self._sent * (number + 1) // (kills + 1))
            self._kill()
        self._start()
        self._wait_for_the_end()
        return self._counted()

    def _event(self, number: int) -> EventCollected:
        data = msgspec.Raw(msgspec.json.encode({"page": f"Page {number % 1000}", "number": number}))
        return EventCollected(f"event-{number}", "wikipedia-edits", f"page-{number % 1000}", 1_700_000_000_000_000 + number, data)

    def _start(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self._sink = subprocess.Popen(
            (sys.executable, "-m", "services.ingestion.elasticsearch_sink"),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._environment
            | {
                "SERVICE_NAME": self._name,
                "SERVICE_PORT": str(port),
                "INGESTION_ELASTICSEARCH_SINK_DELIVERY": self._delivery.value,
                "INGESTION_ELASTICSEARCH_SINK_BATCH_SIZE": str(BATCH_SIZE),
                "INGESTION_ELASTICSEARCH_SINK_GROUP": self._name,
                "INGESTION_ELASTICSEARCH_SINK_TOPIC": self._topic,
                "INGESTION_ELASTICSEARCH_SINK_ALIAS": self._name,
            },
        )

    def _kill(self) -> None:
        if self._sink is not None:
            self._sink.kill()
            self._sink.wait()
            self._sink = None

    def _wait_for(self, events: int) -> None:
        """Until so many are committed or written, whichever comes first with this strategy. What it has lost is committed too."""
        deadline, count_at = time.monotonic() + PATIENCE_SECONDS, 0.0
        with GroupOffsets(self._client) as offsets:
            ends = offsets.offsets(offsets.places([self._topic]), LATEST)
            while sum(offsets.committed(self._name, ends).values()) < events:
                if time.monotonic() > count_at:
                    if self._documents() >= events:
                        return
                    count_at = time.monotonic() + COUNT_SECONDS
                self._look_again(deadline)

    def _wait_for_the_end(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        with GroupOffsets(self._client) as offsets:
            while not self._at_the_end(offsets):
                self._look_again(deadline)
        assert self._sink is not None
        self._sink.terminate()
        self._sink.wait(PATIENCE_SECONDS)

    def _look_again(self, deadline: float) -> None:
        assert self._sink is not None
        if time.monotonic() > deadline or self._sink.poll() is not None:
            raise StuckError(f"{self._delivery}: the sink ended, or came no farther within {PATIENCE_SECONDS:g} s")
        time.sleep(LOOK_SECONDS)

    def _at_the_end(self, offsets: GroupOffsets) -> bool:
        ends = offsets.offsets(offsets.places([self._topic]), LATEST)
        committed = offsets.committed(self._name, ends)
        return all(committed.get(place, 0) >= end for place, end in ends.items())

    def _documents(self) -> int:
        self._elasticsearch.indices.refresh(index=self._name)
        return int(self._elasticsearch.count(index=self._name)["count"])

    def _counted(self) -> Outcome:
        self._elasticsearch.indices.refresh(index=self._name)
        found = Counter(self._ids())
        documents = sum(found.values())
        return Outcome(self._sent, documents, self._sent - len(found), documents - len(found))

    def _ids(self) -> Iterator[str]:
        """The event's id of every document."""
        after: list[Any] | None = None
        order = [{"event_id": "asc"}, {"_doc": "asc"}]
        query: dict[str, Any] = {"size": PAGE, "source": False, "docvalue_fields": ["event_id"], "sort": order}
        while True:
            answer = self._elasticsearch.search(index=self._name, search_after=after, **query)
            hits = answer["hits"]["hits"]
            if not hits:
                return
            yield from (hit["fields"]["event_id"][0] for hit in hits)
            after = hits[-1]["sort"]
