"""The connector, stopped while rows pile up before it and resumed; and what PostgreSQL alone needs to read its log."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx
import psycopg

from infra.connect.connectors import load_connectors
from loadtests.bench.comparison import BenchError, Sample
from loadtests.bench.world import World
from loadtests.mybank.backlog import slot_name, slot_passes
from services.mybank.contracts.topics import CASE_DIR
from services.mybank.core_bank.settings import CoreBankSettings
from shared.testing import eventually

_DECODE = """
SELECT count(*) FROM pg_logical_slot_get_binary_changes(%s, NULL, NULL, 'proto_version', '1', 'publication_names', 'mybank_transactions')
"""


class Connector:
    """Debezium's, by Connect's REST interface. Raises httpx.HTTPError; AssertionError where it does not follow; BenchError."""

    def __init__(self, world: World) -> None:
        (connector,) = load_connectors(CASE_DIR, world.env)
        self._url = f"{world.env['CONNECT_URL']}/connectors/{connector.name}"
        self._slot = slot_name()

    def stop(self) -> None:
        """Returns once nobody reads the slot any more."""
        httpx.put(f"{self._url}/stop", timeout=30, trust_env=False).raise_for_status()
        eventually(lambda: not self._reads(), within=30)

    def resume(self) -> None:
        """Returns once it reads."""
        httpx.put(f"{self._url}/resume", timeout=30, trust_env=False).raise_for_status()
        eventually(self._reads, within=60)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Resumed afterwards."""
        self.stop()
        try:
            yield
        finally:
            self.resume()

    def read_all(self) -> None:
        """Returns once all that is committed is in the topic: what is measured next has the machine for itself."""
        if not slot_passes(CoreBankSettings().database_url, self._slot):
            raise BenchError("the connector did not read the log to its end")

    def _reads(self) -> bool:
        with psycopg.connect(CoreBankSettings().database_url, autocommit=True) as connection:
            row = connection.execute("SELECT active FROM pg_replication_slots WHERE slot_name = %s", (self._slot,)).fetchone()
        return row == (True,)


def decoded_alone(rows: Callable[[], None], number: int, servers: Callable[[], float]) -> Sample:
    """What `rows` writes, `number` of them, read from the log by a function of the server's that sends nothing to anybody."""
    name = f"bench_{uuid4().hex[:8]}"
    with psycopg.connect(os.environ["MYBANK_REPLICATION_URL"], autocommit=True) as connection:
        connection.execute("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", (name,))
        try:
            rows()
            began, before, busy = time.monotonic(), time.process_time(), servers()
            # Of each commit its begin, its row and its end; of the first row of a session the table, too.
            (changes,) = connection.execute(_DECODE, (name,)).fetchone() or (0,)
            seconds, spent, busy = time.monotonic() - began, time.process_time() - before, servers() - busy
        finally:
            connection.execute("SELECT pg_drop_replication_slot(%s)", (name,))
    if changes < 3 * number:
        raise BenchError(f"PostgreSQL decoded {changes} changes of {number} rows")
    return Sample(number / seconds, spent / number * 1e6, busy / number * 1e6)
