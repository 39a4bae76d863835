"""What the stages are to work off: customers with thresholds, rows in the bank's table, records as the connector writes them."""

from __future__ import annotations

import io
import struct
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import count, islice
from random import Random
from typing import Any, NamedTuple
from uuid import uuid4

import fastavro
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from loadtests.bench.comparison import BenchError
from loadtests.bench.world import World
from loadtests.mybank.bookings import THRESHOLD, Booking, Tellers, bookings, user_ids
from services.mybank.contracts.bank_transactions import COMMITTED_AT_MICROS, LSN
from services.mybank.contracts.events import ThresholdVersion, UserSettingsChanged
from services.mybank.contracts.topics import BANK_TRANSACTIONS, CASE_DIR, USER_SETTINGS
from services.mybank.core_bank.settings import CoreBankSettings
from shared import clock
from shared.registry import HttpSchemaRegistry
from shared.serialization import codec_factory

CUSTOMERS, WATCHERS = 5000, 500
FIRST_RECORD_SECONDS = 30.0
_HEADER = struct.Struct(">bI")
_RUNS = count()


def fresh_bookings(world: World) -> Iterator[Booking]:
    """Endless, of customers that nobody knows yet but for the thresholds of WATCHERS, which are in the log on return."""
    prefix = f"bench-{next(_RUNS)}-{uuid4().hex[:6]}"
    watchers, others = user_ids(f"{prefix}-w", WATCHERS), user_ids(f"{prefix}-o", CUSTOMERS - WATCHERS)
    codec: Any = codec_factory(CASE_DIR, HttpSchemaRegistry(world.settings.registry))(USER_SETTINGS)
    long_ago = clock.now() - 3600 * 1_000_000
    version = ThresholdVersion("large", 1, "debit", THRESHOLD, "EUR", None, long_ago, False)
    settings = [UserSettingsChanged(str(uuid4()), user_id, 1, [version], long_ago) for user_id in watchers]
    world.fill(USER_SETTINGS.name, [(USER_SETTINGS.key_of(each), codec.encode(each)) for each in settings])
    return bookings(watchers, others, Random(prefix))


def commit(number: int, made: Iterator[Booking]) -> None:
    """So many rows, each in a commit of its own, as a bank leaves them; quickly, since nobody measures it.

    The last waits for the disk, and with it all before: readers of the log are given nothing else.
    """
    url = CoreBankSettings().database_url
    for rows, tellers in ((number - 1, Tellers(url, options="-c synchronous_commit=off")), (1, Tellers(url, 1))):
        tellers.book([0.0] * rows, made)
        tellers.close()


class Written(NamedTuple):
    """A record of the connector."""

    header: bytes
    schema: Any
    row: Mapping[str, Any]


def connectors_record(world: World) -> Written:
    """The first one of the topic: what this connector writes for this table. Books a row where there is none yet. Raises BenchError."""
    if not sum(world.ends(BANK_TRANSACTIONS.name).values()):
        commit(1, bookings(["bench-first"], [], Random(1)))
    consumer = Consumer(world.client | {"group.id": "no-group-is-joined", "enable.auto.commit": False})
    partitions = world.ends(BANK_TRANSACTIONS.name)
    consumer.assign([TopicPartition(BANK_TRANSACTIONS.name, number, OFFSET_BEGINNING) for number in partitions])
    deadline = time.monotonic() + FIRST_RECORD_SECONDS
    try:
        while time.monotonic() < deadline:
            message = consumer.poll(0.5)
            if message is not None and message.error() is None:
                value = message.value()
                registry = HttpSchemaRegistry(world.settings.registry)
                schema = fastavro.parse_schema(registry.schema(_HEADER.unpack_from(value)[1]))
                row: Any = fastavro.schemaless_reader(io.BytesIO(value[_HEADER.size :]), schema, None)
                return Written(value[: _HEADER.size], schema, row)
    finally:
        consumer.close()
    raise BenchError(f"the connector wrote nothing to {BANK_TRANSACTIONS.name} within {FIRST_RECORD_SECONDS:g} s")


def records(number: int, made: Iterator[Booking], like: Written) -> list[tuple[bytes, bytes]]:
    """Keys and values of so many bookings, as the connector would write them."""
    now = clock.now()
    found = []
    for place, booking in enumerate(islice(made, number), start=1):
        account_id, user_id, direction, amount, currency, counterparty, description = booking.row
        row = dict(like.row) | {
            "id": place,
            "account_id": account_id,
            "user_id": user_id,
            "direction": direction,
            "amount": Decimal(amount),
            "currency": currency,
            "counterparty": counterparty,
            "description": description,
            "booked_at": clock.to_rfc3339(now + place),
            LSN: int(like.row[LSN] or 0) + place,
            COMMITTED_AT_MICROS: now + place,
        }
        buffer = io.BytesIO()
        buffer.write(like.header)
        fastavro.schemaless_writer(buffer, like.schema, row)
        found.append((user_id.encode(), buffer.getvalue()))
    return found
