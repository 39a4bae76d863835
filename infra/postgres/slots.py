"""How much of its log PostgreSQL keeps back for readers of changes, against the bound at which it stops doing so."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from infra.postgres.server import connection, sentence

_QUERY = """
SELECT slot_name, active, coalesce(wal_status, 'lost'), pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint,
       pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::bigint,
       (SELECT setting::bigint FROM pg_settings WHERE name = 'max_slot_wal_keep_size') * 1024 * 1024
FROM pg_replication_slots WHERE slot_type = 'logical' AND database = current_database() ORDER BY slot_name
"""


@dataclass(frozen=True)
class Slot:
    """One logical replication slot; sizes in bytes. `bound` is None where the server sets none (its disk is the bound then)."""

    name: str
    active: bool
    status: str
    behind: int
    kept: int
    bound: int | None

    @property
    def lost(self) -> bool:
        """Whether what its reader has not read is gone, or goes with the next checkpoint."""
        return self.status in ("lost", "unreserved")

    @property
    def line(self) -> str:
        """For `status`."""
        held = f"{_mb(self.kept)} of the log kept for it" + (f", of at most {_mb(self.bound)}" if self.bound else "")
        return f"slot {self.name}: {'read' if self.active else 'NOT read'}, {self.behind} bytes behind, {held}"

    @property
    def trouble(self) -> str | None:
        """What is wrong with it, and what to do; None where nothing is."""
        if self.lost:
            return (
                f"slot {self.name} is lost ({self.status}): its reader was away for longer than {_mb(self.bound or 0)} of changes; "
                "see 'A lost slot' in infra/postgres/README.md"
            )
        if self.bound and self.kept > self.bound / 2:
            return f"slot {self.name} keeps back {_mb(self.kept)}, more than half of the {_mb(self.bound)} at which it is lost: " + (
                "its reader falls behind" if self.active else "start its reader ('make status' shows the connector)"
            )
        return None


def read_slots(url: str) -> list[Slot]:
    """The logical slots of the address's database; raises psycopg.Error."""
    with connection(url) as made:
        rows = made.execute(_QUERY).fetchall()
    return [
        Slot(name, active, status, behind or 0, kept or 0, bound if bound and bound > 0 else None)
        for name, active, status, behind, kept, bound in rows
    ]


def slot_troubles(url: str, expected: tuple[str, ...]) -> list[str]:
    """One line for each slot that is wrong or missing."""
    try:
        slots = read_slots(url)
    except psycopg.Error as error:
        return [f"slots cannot be read: {sentence(error)}"]
    missing = [f"slot {name} does not exist: no reader has come yet" for name in expected if name not in {slot.name for slot in slots}]
    return missing + [slot.trouble for slot in slots if slot.trouble]


def _mb(size: int) -> str:
    return f"{size / 1024**2:.1f} MB"
