"""From a batch of lines to the events that they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from services.ingestion.contracts.door import Door, RefusedError
from services.ingestion.contracts.events import EventCollected, EventCollectedCodec, FileLineRead
from services.ingestion.contracts.sources import Source
from services.ingestion.contracts.topics import EVENTS
from shared.blocking_producer import Written
from shared.clock import Clock
from shared.consumer.handler import Record, Rejection
from shared.envelope import cloud_event
from shared.producer import BrokerUnavailableError
from shared.serialization import UnreadableError
from shared.stores import StoreUnavailableError

SOURCE_HEADER = "source"


class Log(Protocol):
    def write(self, records: Iterable[Written]) -> None:
        """Returns once all are acknowledged; raises BrokerUnavailableError."""


class FileLineCodec:
    """A line is any bytes."""

    def decode(self, value: bytes | None) -> FileLineRead:
        if value is None:
            raise UnreadableError("no line")
        return FileLineRead(value)


class IntakeHandler:
    def __init__(self, sources: Mapping[str, Source], log: Log, clock: Clock) -> None:
        self._doors = {name: Door(source, clock) for name, source in sources.items()}
        self._log = log
        self._codec = EventCollectedCodec()

    def handle(self, records: Sequence[Record[FileLineRead]]) -> Iterable[Rejection]:
        written: list[Written] = []
        rejections: list[Rejection] = []
        for record in records:
            if not record.event.line or record.event.line.isspace():
                continue
            try:
                written.append(self._written(self._door(record).admit(record.event.line)))
            except RefusedError as error:
                rejections.append(Rejection(record, str(error)))
        try:
            self._log.write(written)
        except BrokerUnavailableError as error:
            raise StoreUnavailableError(str(error)) from error
        return rejections

    def _door(self, record: Record[FileLineRead]) -> Door:
        name = dict(record.raw.headers() or ()).get(SOURCE_HEADER) or b""
        door = self._doors.get(name.decode(errors="replace"))
        if door is None:
            raise RefusedError(f"its header {SOURCE_HEADER!r} is {name[:64]!r}: the connector is to name a source of sources.yaml")
        return door

    def _written(self, event: EventCollected) -> Written:
        headers = cloud_event("line-intake", type(event).__name__, event.event_id, event.occurred_at, self._codec.content_type)
        return Written(EVENTS.name, EVENTS.key_of(event), self._codec.encode(event), headers)
