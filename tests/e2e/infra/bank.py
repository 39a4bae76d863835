"""The bank's database and its connector without any service: what the tests of changes and their faults work on."""

from __future__ import annotations

import io
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fastavro
import psycopg
from confluent_kafka import Consumer, TopicPartition

from infra.connect.rest import Connect, ConnectorStatus
from infra.local.settings import ROOT, load_settings
from infra.local.supervise import Supervisor
from infra.postgres.slots import Slot, read_slots
from shared.registry import HttpSchemaRegistry
from shared.settings import RegistrySettings
from tests.e2e.infra.checkout import Checkout

TOPIC = "mybank.bank-transactions"
CONNECTOR = "mybank-bank-transactions"
_STACK = "infra: [kafka, registry, postgres, connect]\n"
SLOT_BOUND_MB = "96"
"""Small, so that a test can reach it."""


class Bank:
    """A stack of one broker with the real declarations of MyBank, and none of its services."""

    def __init__(self, folder: Path) -> None:
        self.checkout = Checkout(folder)
        case = self.checkout.root / "services" / "mybank"
        for part in ("contracts", "postgres", "connect"):
            shutil.copytree(ROOT / "services" / "mybank" / part, case / part, ignore=shutil.ignore_patterns("__pycache__"))
        (case / "stack.yaml").write_text(_STACK)

    def up(self) -> str:
        return self.checkout.up("mybank", POSTGRES_SLOT_BOUND_MB=SLOT_BOUND_MB).text

    def restart(self, *services: str) -> None:
        for service in services:
            result = self.checkout.run("restart", service, POSTGRES_SLOT_BOUND_MB=SLOT_BOUND_MB)
            assert result.code == 0, result.text

    def status(self) -> tuple[bool, str]:
        """Whether `status` finds the stack healthy, and what it prints."""
        result = self.checkout.run("status", POSTGRES_SLOT_BOUND_MB=SLOT_BOUND_MB)
        return result.code == 0, result.text

    @contextmanager
    def stopped(self, program: str) -> Iterator[None]:
        """Without this program for a while."""
        supervisor = Supervisor(load_settings(str(self.checkout.stack)).paths)
        supervisor.stop([program])
        try:
            yield
        finally:
            supervisor.start([program])

    def kill(self, program: str) -> None:
        """kill -9, as supervisord knows the process."""
        pid = self.checkout.pids()[program]
        next(process for process in self.checkout.processes() if process.pid == pid).kill()

    def sql(self, statement: str, *values: object, variable: str = "MYBANK_DATABASE_URL") -> list[tuple[Any, ...]]:
        """Run as the bank's own system, or as another role."""
        with psycopg.connect(self.checkout.env[variable], autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    def as_superuser(self, statement: str) -> None:
        env = self.checkout.env
        password = (self.checkout.stack / "data" / "postgres" / "superuser.password").read_text()
        address = f"postgresql://postgres:{password}@127.0.0.1:{env['POSTGRES_PORT']}/mybank"
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())

    def book(self, user: str, amount: str = "12.50", count: int = 1) -> list[int]:
        """Insert transactions, each committed by itself; returns their ids."""
        with psycopg.connect(self.checkout.env["MYBANK_DATABASE_URL"], autocommit=True, connect_timeout=5) as connection:
            statement = (
                "INSERT INTO bank_transactions (account_id, user_id, direction, amount, currency, counterparty, description)"
                " VALUES ('a1', %s, 'debit', %s, 'EUR', 'Baker', 'bread') RETURNING id"
            )
            rows = [connection.execute(statement, (user, amount)).fetchone() for _ in range(count)]
        return [row[0] for row in rows if row]

    def slot(self) -> Slot:
        (slot,) = read_slots(self.checkout.env["MYBANK_DATABASE_URL"])
        return slot

    def connector(self) -> ConnectorStatus | None:
        with Connect(self.checkout.env["CONNECT_URL"]) as connect:
            return connect.status(CONNECTOR)


class Changes:
    """Everything in the topic so far, read from its beginning."""

    def __init__(self, env: dict[str, str]) -> None:
        self._consumer = Consumer({"bootstrap.servers": env["KAFKA_BOOTSTRAP_SERVERS"], "group.id": "test", "enable.auto.commit": False})
        partitions = self._consumer.list_topics(TOPIC, timeout=10).topics[TOPIC].partitions
        self._consumer.assign([TopicPartition(TOPIC, partition, 0) for partition in partitions])
        self.partitions = len(partitions)
        self._registry = HttpSchemaRegistry(RegistrySettings(SCHEMA_REGISTRY_URL=env["SCHEMA_REGISTRY_URL"]))
        self._schemas: dict[int, Any] = {}
        self.rows: list[dict[str, Any]] = []
        """Each with its `key` and `partition`."""

    def close(self) -> None:
        self._consumer.close()

    def read(self) -> list[dict[str, Any]]:
        """Take what has come since, and return all."""
        for message in self._consumer.consume(1000, 0.2):
            assert not message.error(), message.error()
            value = message.value()
            assert value is not None, "a tombstone"
            self.rows.append(self._decoded(value) | {"key": message.key(), "partition": message.partition()})
        return self.rows

    def schema(self) -> dict[str, Any]:
        """That of the last record."""
        return self._registry.schema(max(self._schemas))

    def of(self, *ids: int) -> list[dict[str, Any]]:
        """The changes of these rows, in their order; LookupError until there is one of each."""
        found = [row for row in self.read() if row["id"] in ids]
        missing = set(ids) - {row["id"] for row in found}
        if missing:
            raise LookupError(f"{len(missing)} of {len(ids)} rows have not come")
        return found

    def _decoded(self, value: bytes) -> dict[str, Any]:
        (magic, schema_id) = struct.unpack_from(">bI", value)
        assert magic == 0
        if schema_id not in self._schemas:
            self._schemas[schema_id] = fastavro.parse_schema(self._registry.schema(schema_id))
        row = fastavro.schemaless_reader(io.BytesIO(value[5:]), self._schemas[schema_id], None)
        assert isinstance(row, dict)
        return row
