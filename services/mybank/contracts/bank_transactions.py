"""The connector's records of the bank's table as events: the only place that knows how Debezium writes a row.

A record is the row itself (ExtractNewRecordState, `delete.tombstone.handling.mode=rewrite`) with the metadata named below, as Avro in
the Confluent wire format. It is read with the schema it was written with, so that a column more passes through.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast

import fastavro

from services.mybank.contracts.events import BankTransactionChanged
from services.mybank.contracts.money import to_cents
from shared.clock import Micros, from_rfc3339
from shared.registry import RegistryUnavailableError, SchemaRegistry
from shared.serialization import UnreadableError

_HEADER = struct.Struct(">bI")

LSN = "__source_lsn"
COMMITTED_AT_MICROS = "__source_ts_us"
COMMITTED_AT_MILLIS = "__source_ts_ms"
DELETED = "__deleted"
"""'true' or 'false', as text."""


class BankTransactions:
    """Reads the values of mybank.bank-transactions. Nobody here writes them."""

    def __init__(self, registry: SchemaRegistry) -> None:
        self._registry = registry
        self._schemas: dict[int, Any] = {}

    def encode(self, event: BankTransactionChanged) -> bytes:
        raise NotImplementedError("only the connector writes this topic")

    def decode(self, value: bytes | None) -> BankTransactionChanged:
        """Raises UnreadableError; RegistryUnavailableError where the writer's schema is not known yet."""
        if value is None or len(value) < _HEADER.size or value[0] != 0:
            raise UnreadableError("not in the Confluent wire format")
        schema_id = _HEADER.unpack_from(value)[1]
        try:
            schema = self._schemas.get(schema_id) or self._schema(schema_id)
            row = fastavro.schemaless_reader(io.BytesIO(value[_HEADER.size :]), schema, None)
            return change(cast("Mapping[str, Any]", row))
        except RegistryUnavailableError:
            raise
        except Exception as error:  # fastavro raises whatever its input leads to
            raise UnreadableError(f"no row of bank_transactions: {error!r}") from error

    def _schema(self, schema_id: int) -> Any:
        schema = self._schemas[schema_id] = fastavro.parse_schema(self._registry.schema(schema_id))
        return schema


def change(row: Mapping[str, Any]) -> BankTransactionChanged:
    """Raises KeyError, TypeError or ValueError where a column that the rules need is missing or cannot be read."""
    position = int(row[LSN] or 0)  # rows of a snapshot have the position of its start, or none
    booked_at = from_rfc3339(row["booked_at"])
    direction = row["direction"]
    if direction not in ("debit", "credit"):
        raise ValueError(f"direction {direction!r}")
    return BankTransactionChanged(
        event_id=f"{row['id']}:{position}",
        user_id=_text(row["user_id"]),
        transaction_id=int(row["id"]),
        deleted=str(row.get(DELETED, "false")).lower() == "true",
        direction=direction,
        cents=_cents(row["amount"]),
        currency=_text(row["currency"]).strip(),
        booked_at=booked_at,
        position=position,
        occurred_at=_committed_at(row),
    )


def _committed_at(row: Mapping[str, Any]) -> Micros:
    if row.get(COMMITTED_AT_MICROS):
        return int(row[COMMITTED_AT_MICROS])
    # Cut to the millisecond: its end, so that a commit is never before what was booked in it.
    return int(row[COMMITTED_AT_MILLIS]) * 1000 + 999


def _cents(amount: str | Decimal) -> int:
    return to_cents(amount if isinstance(amount, str) else f"{amount:f}")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} where a text is expected")
    return value
