"""Questions whether a part handles: events of the run's own, one in each partition, or a line in the file."""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
from confluent_kafka import KafkaException

from services.ingestion.contracts.lake import Layer, writer_group
from services.ingestion.contracts.stores import EVENTS_INDEX, SINK_GROUP, document_id
from services.ingestion.contracts.topics import CASE_DIR, EVENTS, FILE_LINES
from services.ingestion.important_filter.__main__ import GROUP as FILTER_GROUP
from services.ingestion.line_intake.__main__ import GROUP as INTAKE_GROUP
from shared.consumer.group_offsets import LATEST, GroupOffsets, Places
from shared.contracts import load_contracts
from shared.settings import ServiceSettings, service_url
from shared.stores import search
from shared.testing.partitioner import partition_of
from tests.chaos.breakable import Handles, Probe
from tests.chaos.flow import Sender
from tests.chaos.ingestion.line_file import LineFile
from tests.chaos.ingestion.load import PATHS, World, ndjson
from tests.chaos.ingestion.truth import EDITS
from tests.chaos.ledger import Event, Ledger

PARTITIONS = load_contracts(CASE_DIR).topic(EVENTS.name).partitions
READERS = (SINK_GROUP, *(writer_group(layer) for layer in Layer), FILTER_GROUP)
LOOK_EVERY_SECONDS = 0.2
"""Asking Kafka for a group's offsets is not for nothing."""
_FIRST_STREAM = 1000


class Probes:
    def __init__(self, world: World, ledger: Ledger, line_file: LineFile, settings: ServiceSettings) -> None:
        self._world = world
        self._ledger = ledger
        self._line_file = line_file
        self._client = settings.kafka.client()
        self._chance = random.Random(world.seed + 3)
        self._numbers = itertools.count()
        self._streams = itertools.count(_FIRST_STREAM)
        self._making = threading.Lock()
        self._http = httpx.Client(timeout=2, trust_env=False)
        self._elastic = search.connect(settings.elasticsearch)
        self._pages = self._one_in_each_partition()

    def acknowledged(self) -> Handles:
        """Of ingest-api: events in every partition are acknowledged."""
        self._send()
        return lambda: True

    def indexed(self) -> Handles:
        """Until Elasticsearch has the documents of events that were sent now, in every partition."""
        return self._in_index(self._send())

    def lined(self) -> Handles:
        """Until Elasticsearch has the document of a line that was appended now."""
        lines = [self._event("of-a-file-probe")]
        self._line_file.append(lines)
        return self._in_index(lines)

    def read_by(self, group: str) -> Probe:
        """Until a group has committed offsets behind events that were sent now, in every partition: then its store has them."""

        def probe() -> Handles:
            self._send()
            ends = self._asked(lambda offsets: offsets.offsets(offsets.places([EVENTS.name]), LATEST))
            looked = 0.0

            def handled() -> bool:
                nonlocal looked
                if time.monotonic() < looked + LOOK_EVERY_SECONDS:
                    return False
                looked = time.monotonic()
                return not self._unread(group, ends)

            return handled

        return probe

    def all_read(self) -> bool:
        """Every reader has read what the topics hold now. Raises ConnectionError."""
        for topic, groups in ((FILE_LINES.name, (INTAKE_GROUP,)), (EVENTS.name, READERS)):
            ends = self._asked(lambda offsets, topic=topic: offsets.offsets(offsets.places([topic]), LATEST))  # type: ignore[misc]
            for group in groups:
                if unread := self._unread(group, ends):
                    raise LookupError(f"{group} has not read {unread} records of {topic}")
        return True

    def answers(self, service: str, path: str) -> Probe:
        """Until a call is answered with success."""

        def handled() -> bool:
            try:
                answer = self._http.get(f"{service_url('ingestion', service)}{path}")
            except httpx.TransportError as error:
                raise ConnectionError(str(error)) from error
            return answer.is_success

        return lambda: handled

    def close(self) -> None:
        self._http.close()
        self._elastic.close()

    def _unread(self, group: str, ends: Places) -> int:
        committed = self._asked(lambda offsets: offsets.committed(group, ends))
        return sum(max(0, end - committed.get(place, 0)) for place, end in ends.items())

    def _asked(self, question: Callable[[GroupOffsets], Places]) -> Places:
        # Anew each time: what a client knows of the cluster is wrong after a fault, and it says so only after its time-outs.
        try:
            with GroupOffsets(self._client) as offsets:
                return question(offsets)
        except KafkaException as error:
            raise ConnectionError(str(error)) from error

    def _in_index(self, events: list[Event]) -> Handles:
        ids = [document_id(event.topic, event.event_id) for event in events]

        def handled() -> bool:
            try:
                return all(document.get("found") for document in self._elastic.mget(index=EVENTS_INDEX, ids=ids, source=False)["docs"])
            except Exception as error:
                raise ConnectionError(str(error)) from error

        return handled

    def _send(self) -> list[Event]:
        events = [self._event(page) for page in self._pages]
        sender = Sender(service_url("ingestion", "ingest-api"), PATHS, self._ledger, next(self._streams), ndjson)
        try:
            sender.send(events)
        finally:
            sender.close()
        return events

    def _event(self, page: str) -> Event:
        with self._making:
            at = self._world.end - 1_000_000 * (1 + self._chance.randrange(3600))
            return self._world.event(EDITS, f"probe-{next(self._numbers)}", page, at, self._chance)

    def _one_in_each_partition(self) -> list[str]:
        found: dict[int, Any] = {}
        for number in itertools.count():
            page = f"probe-{number}"
            found.setdefault(partition_of(f"{self._world.prefix}{page}".encode(), PARTITIONS), page)
            if len(found) == PARTITIONS:
                return list(found.values())
        raise AssertionError
