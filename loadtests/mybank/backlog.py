"""What MyBank has not handled yet: of PostgreSQL's log before the connector, of the topics behind it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import psycopg

from infra.postgres.databases import load_database
from infra.postgres.slots import read_slots
from loadtests.catch_up import GIVE_UP_SECONDS, LOOK_AGAIN_SECONDS, KafkaLog, consumer_groups, wait_for_views
from services.mybank.contracts.topics import CASE_DIR

_PASSED = "SELECT coalesce(confirmed_flush_lsn >= %s::pg_lsn, false) FROM pg_replication_slots WHERE slot_name = %s"


@dataclass(frozen=True)
class Settled:
    """Seconds from the call on; None where it was given up."""

    slot_seconds: float | None
    """Until the connector had confirmed all that was committed by then: it does so once a second."""
    lag_seconds: float | None
    """Until every consumer group had handled all of that too."""
    behind_bytes: int
    """Of the slot, at the call."""
    behind_records: dict[str, int]
    """Of each group that was behind once the slot was not."""


class Backlog:
    """Blocks. Raises psycopg.Error, KafkaException; LookupError with a sentence where there is no slot."""

    def __init__(self, url: str) -> None:
        self._url, self._slot = url, slot_name()
        self._log = KafkaLog("mybank", os.environ)
        self._groups = consumer_groups("mybank")

    def settle(self) -> Settled:
        """Wait until nothing is left of what is committed now."""
        started = time.monotonic()
        behind = next((slot.behind for slot in read_slots(self._url) if slot.name == self._slot), None)
        if behind is None:
            raise LookupError(f"There is no slot {self._slot}: 'make status' tells of the connector.")
        if not slot_passes(self._url, self._slot):
            return Settled(None, None, behind, {})
        slot_seconds = time.monotonic() - started
        views = wait_for_views(self._log, self._groups)
        lag_seconds = None if views.seconds is None else time.monotonic() - started
        return Settled(slot_seconds, lag_seconds, behind, views.behind)


def slot_name() -> str:
    """The connector's."""
    database = load_database(CASE_DIR)
    assert database is not None
    (name,) = database.slots
    return name


def slot_passes(url: str, slot: str) -> bool:
    """Waits until the slot's reader has confirmed all that is committed now; False where it was given up. Raises psycopg.Error."""
    with psycopg.connect(url, autocommit=True) as connection:
        (end,) = connection.execute("SELECT pg_current_wal_lsn()::text").fetchone() or ("",)
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < deadline:
            if connection.execute(_PASSED, (end, slot)).fetchone() == (True,):
                return True
            time.sleep(LOOK_AGAIN_SECONDS)
    return False
