"""The connector's records become events, with the schema that each was written with."""

from __future__ import annotations

import io
import struct
from decimal import Decimal
from typing import Any

import fastavro
import pytest

from services.mybank.contracts.bank_transactions import BankTransactions, change
from services.mybank.contracts.events import BankTransactionChanged
from services.mybank.contracts.money import to_amount, to_cents
from shared.registry import InMemorySchemaRegistry
from shared.serialization import UnreadableError

SUBJECT = "mybank.bank-transactions-value"
ROW: dict[str, Any] = {
    "id": 7,
    "account_id": "a1",
    "user_id": "u1",
    "direction": "debit",
    "amount": "12.50",
    "currency": "EUR",
    "counterparty": "Baker",
    "description": None,
    "booked_at": "2026-11-23T10:00:00.123456Z",
    "__deleted": "false",
    "__op": "c",
    "__source_lsn": 4711,
    "__source_ts_us": 1795428000200000,
    "__source_ts_ms": 1795428000200,
}


def schema(*more: str) -> dict[str, Any]:
    types = {int: "long", str: "string", type(None): ["null", "string"]}
    fields: list[dict[str, Any]] = [{"name": name, "type": types[type(value)]} for name, value in ROW.items()]
    return {"type": "record", "name": "Value", "fields": fields + [{"name": name, "type": ["null", "string"]} for name in more]}


def written(registry: InMemorySchemaRegistry, schema: dict[str, Any], row: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    fastavro.schemaless_writer(buffer, fastavro.parse_schema(schema), row)
    return struct.pack(">bI", 0, registry.register(SUBJECT, schema)) + buffer.getvalue()


def test_a_row_is_read() -> None:
    registry = InMemorySchemaRegistry()
    assert BankTransactions(registry).decode(written(registry, schema(), ROW)) == BankTransactionChanged(
        "7:4711", "u1", 7, False, "debit", 1250, "EUR", 1795428000123456, 4711, 1795428000200000
    )


def test_a_column_more_passes() -> None:
    registry = InMemorySchemaRegistry()
    codec = BankTransactions(registry)
    before = codec.decode(written(registry, schema(), ROW))
    assert codec.decode(written(registry, schema("channel"), ROW | {"channel": "card"})) == before


@pytest.mark.parametrize("column", ["id", "user_id", "direction", "amount", "currency", "booked_at", "__source_lsn"])
def test_a_row_without_a_column_that_the_rules_need_is_unreadable(column: str) -> None:
    registry = InMemorySchemaRegistry()
    without = schema()
    without["fields"] = [field for field in without["fields"] if field["name"] != column]
    with pytest.raises(UnreadableError, match=column):
        BankTransactions(registry).decode(written(registry, without, ROW))


@pytest.mark.parametrize("value", [None, b"", b"\0\0\0", b'{"id": 7}', b"\0\0\0\0\x63abc"])
def test_what_is_no_record_is_unreadable(value: bytes | None) -> None:
    with pytest.raises(UnreadableError):
        BankTransactions(InMemorySchemaRegistry()).decode(value)


@pytest.mark.parametrize(
    "wrong", [{"amount": "12.505"}, {"amount": "-1"}, {"direction": "both"}, {"booked_at": "yesterday"}, {"user_id": None}]
)
def test_a_value_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        change(ROW | wrong)


def test_a_deleted_row_says_so() -> None:
    assert change(ROW | {"__deleted": "true"}).deleted


def test_without_microseconds_a_commit_is_not_before_its_millisecond_ends() -> None:
    assert change(ROW | {"__source_ts_us": None}).occurred_at == 1795428000200999


@pytest.mark.parametrize(("amount", "cents"), [("0.01", 1), ("1", 100), ("1.5", 150), ("999999999999.99", 99999999999999)])
def test_money_is_exact(amount: str, cents: int) -> None:
    assert to_cents(amount) == cents
    assert Decimal(to_amount(cents)) == Decimal(amount)


@pytest.mark.parametrize("amount", ["", "1,5", "1.505", "-1", "+1", "1e3", " 1", "1.", "\u0661", "1\n"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        to_cents(amount)
