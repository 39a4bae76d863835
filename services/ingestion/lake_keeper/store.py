"""Compaction and vacuum of one Delta table."""

from __future__ import annotations

from typing import NamedTuple

from services.ingestion.contracts.lake import DAY
from shared.stores.lake import Lake, unavailable_lake

MANY_FILES = 8
"""In one day, below TARGET_BYTES: fewer are not worth a commit."""
TARGET_BYTES = 128 * 1024 * 1024


class Kept(NamedTuple):
    files_before: int
    files_after: int
    removed: int


def keep(lake: Lake, name: str, retention_hours: int) -> Kept | None:
    """None where there was nothing to do. Blocks; raises StoreUnavailableError, also where a writer was quicker."""
    with unavailable_lake():
        table = lake.open(name)
        if table is None:
            return None
        before = len(table.file_uris())
        small: dict[str, int] = {}
        for action in table.get_add_actions(flatten=True).to_struct_array().to_pylist():
            if action["size_bytes"] < TARGET_BYTES / 2:
                day = str(action[f"partition.{DAY}"])
                small[day] = small.get(day, 0) + 1
        for day in sorted(day for day, files in small.items() if files >= MANY_FILES):
            table.optimize.compact([(DAY, "=", day)], target_size=TARGET_BYTES)
        removed = len(table.vacuum(retention_hours=retention_hours, dry_run=False, enforce_retention_duration=False))
        after = len(table.file_uris())
        return Kept(before, after, removed) if removed or after != before else None
