"""What MyBank's benchmarks feed the stages with is what the real thing writes."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import fastavro
import pytest

from loadtests.bench.comparison import BenchError
from loadtests.bench.http import request
from loadtests.bench.process import watch
from loadtests.mybank.benchmarks.backlog import Written, records
from loadtests.mybank.bookings import bookings
from services.mybank.contracts.bank_transactions import BankTransactions

AMOUNT = {"type": "bytes", "logicalType": "decimal", "precision": 14, "scale": 2}
TEXTS = ("account_id", "user_id", "direction", "currency", "booked_at", "counterparty", "description", "__deleted")
NUMBERS = ("id", "__source_lsn", "__source_ts_us")
COLUMNS: dict[str, Any] = {**dict.fromkeys(TEXTS, "string"), **dict.fromkeys(NUMBERS, "long"), "amount": AMOUNT}
SCHEMA = {"type": "record", "name": "Row", "fields": [{"name": name, "type": kind} for name, kind in COLUMNS.items()]}
ROW = {"id": 1, "amount": Decimal("1.00"), "__deleted": "false", "__source_lsn": 7, "__source_ts_us": 1}


class Registry:
    def schema(self, schema_id: int) -> dict[str, Any]:
        assert schema_id == 5
        return SCHEMA

    def schema_id(self, subject: str, schema: dict[str, Any]) -> int:
        raise NotImplementedError


def test_records_are_read_as_the_connectors_and_each_is_a_change_of_its_own() -> None:
    like = Written(bytes([0, 0, 0, 0, 5]), fastavro.parse_schema(SCHEMA), ROW)
    made = records(30, bookings(["w"], ["o"], Random(1)), like)
    expected = list(zip(range(30), bookings(["w"], ["o"], Random(1)), strict=False))
    events = [BankTransactions(Registry()).decode(value) for _, value in made]
    assert [event.transaction_id for event in events] == list(range(1, 31))
    assert [event.position for event in events] == list(range(8, 38))
    assert [(event.user_id, event.cents) for event in events] == [
        (booking.user_id, int(Decimal(booking.amount) * 100)) for _, booking in expected
    ]
    assert [key for key, _ in made] == [event.user_id.encode() for event in events]
    assert all(not event.deleted and event.direction == "debit" and event.currency == "EUR" for event in events)


def test_a_request_bears_its_headers() -> None:
    head, _, body = request("PUT", "/x", b"{}", {"authorization": "Bearer t"}).partition(b"\r\n\r\n")
    assert body == b"{}"
    assert head.splitlines()[0] == b"PUT /x HTTP/1.1"
    assert {b"content-length: 2", b"authorization: Bearer t"} <= set(head.splitlines())


class Busy:
    spent = 0.0

    def cpu_seconds(self) -> float:
        self.spent += 0.01
        return self.spent

    def require_alive(self) -> None: ...


def test_what_runs_already_is_measured_from_the_share_of_the_warm_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.bench.process.LOOK_SECONDS", 0.0)
    done = iter([0, 10, 30, 60, 100])
    sample = watch(Busy(), lambda: next(done), 100, warm_up=0.3)
    assert sample.cpu_us == pytest.approx(0.02 / 70 * 1e6)


def test_what_is_done_before_it_was_looked_at_is_no_measurement() -> None:
    with pytest.raises(BenchError, match="all 100 events"):
        watch(Busy(), lambda: 100, 100)
