"""Lines of files pass the same door as requests, and nothing is skipped while the log is away."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from confluent_kafka import Message

from services.ingestion.contracts.events import EventCollectedCodec, FileLineRead
from services.ingestion.contracts.topics import EVENTS, FILE_LINES
from services.ingestion.line_intake.handler import FileLineCodec, IntakeHandler
from shared.blocking_producer import Written
from shared.consumer.handler import Record
from shared.producer import BrokerUnavailableError
from shared.serialization import UnreadableError
from shared.stores import StoreUnavailableError
from tests.unit.ingestion.test_door import admit
from tests.unit.ingestion.tickets import TICKET, TICKETS, clock

LINE = json.dumps(TICKET).encode()
NAMED = (("source", b"tickets"),)


class Log:
    def __init__(self) -> None:
        self.written: list[Written] = []
        self.away = False

    def write(self, records: Iterable[Written]) -> None:
        if self.away:
            raise BrokerUnavailableError("no broker")
        self.written += records


def line(text: bytes, headers: Any = NAMED) -> Record[FileLineRead]:
    message = Message(topic=FILE_LINES.name, partition=0, offset=7, value=text, headers=list(headers) or None)
    return Record(FILE_LINES.name, 0, 7, None, FileLineRead(text), message)


def handled(*lines: Record[FileLineRead]) -> tuple[list[Written], list[str]]:
    log = Log()
    return log.written, [rejection.reason for rejection in IntakeHandler({"tickets": TICKETS}, log, clock).handle(lines)]


def test_a_line_becomes_the_event_that_a_request_with_it_becomes() -> None:
    ((written,), rejections) = handled(line(LINE + b"\r"))
    assert rejections == []
    assert EventCollectedCodec().decode(written.value) == admit(TICKET)
    assert (written.topic, written.key) == (EVENTS.name, b"Metropolis")
    headers = dict(written.headers)
    assert (headers["ce_id"], headers["ce_type"]) == (admit(TICKET).event_id.encode(), b"EventCollected")
    assert headers["content-type"] == b"application/json"


def test_empty_lines_are_nothing_and_broken_ones_dead_letters_while_the_others_go_on() -> None:
    written, rejections = handled(line(LINE), line(b""), line(b" \t\r"), line(b"{"), line(b"\xff"), line(b'{"film":"Faust"}'), line(LINE))
    assert len(written) == 2
    assert ["no JSON" in reason for reason in rejections] == [True, True, False]
    assert "time is no time" in rejections[2]


def test_a_piece_of_a_line_is_never_an_event() -> None:
    """Connect's file source, started again, may begin in the middle of one."""
    text = json.dumps(TICKET | {"inner": {**TICKET, "comment": 'a "} quoted { part'}}, ensure_ascii=False).encode()
    written, rejections = handled(*(line(text[start:]) for start in range(1, len(text))))
    assert written == [] and len(rejections) == len(text) - 1


@pytest.mark.parametrize("headers", [(), (("source", None),), (("source", b"films"),), (("source", b"\xff"),), (("Source", b"tickets"),)])
def test_a_line_of_no_declared_source_is_a_dead_letter_that_names_the_header(headers: Any) -> None:
    written, (reason,) = handled(line(LINE, headers))
    assert written == []
    assert "its header 'source' is" in reason


def test_while_the_log_is_away_the_batch_is_to_come_again() -> None:
    log = Log()
    log.away = True
    with pytest.raises(StoreUnavailableError):
        list(IntakeHandler({"tickets": TICKETS}, log, clock).handle([line(LINE), line(b"{")]))


def test_any_bytes_are_a_line_but_nothing_is_none() -> None:
    assert FileLineCodec().decode(b"\xff\0") == FileLineRead(b"\xff\0")
    assert FileLineCodec().decode(b"") == FileLineRead(b"")
    with pytest.raises(UnreadableError):
        FileLineCodec().decode(None)


def test_an_event_is_never_larger_than_the_brokers_take() -> None:
    widest = json.dumps(TICKET | {"film": '"' * 130_000}).encode()
    ((written,), _) = handled(line(widest))
    assert len(written.value or b"") + len(written.key or b"") < 1_000_000
