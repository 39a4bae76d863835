"""Writers of a lake in a folder, which a test can make crash or meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import polars as pl
from deltalake import DeltaTable

from services.ingestion.contracts.events import EventCollected
from services.ingestion.contracts.topics import EVENTS
from services.ingestion.lake_writer.store import LakeTable, SeenIds
from shared.consumer.handler import Record
from shared.stores.lake import Lake
from tests.unit.ingestion.tickets import TICKETS


class Crash(Exception):
    pass


class MoodyIds(SeenIds):
    """An index that can fail after a commit, or let another writer in before one."""

    crash = False
    before_commit: Callable[[], None] | None = None

    def unseen(self, ids: Sequence[str]) -> list[bool]:
        answer = super().unseen(ids)
        if self.before_commit is not None:
            act, self.before_commit = self.before_commit, None
            act()
        return answer

    def add(self, ids: Iterable[str], ends: dict[int, int]) -> None:
        if self.crash and ends:
            self.crash = False
            raise Crash
        super().add(ids, ends)


class Writer:
    """A lake-writer's table with its index, in a folder that others share."""

    def __init__(self, folder: Path, fields: dict[str, Any] | None = None) -> None:
        self.index = folder / f"index-{uuid4().hex}"
        self.seen = MoodyIds(self.index)
        source = TICKETS if fields is None else msgspec.structs.replace(TICKETS, fields=fields)
        self.table = LakeTable(Lake(str(folder / "lake")), source, EVENTS.name, self.seen)

    def append(self, *records: Record[EventCollected]) -> None:
        self.table.append(records)


def rows(folder: Path) -> pl.DataFrame:
    table: Any = pl.from_arrow(DeltaTable(str(folder / "lake" / "tickets")).to_pyarrow_table())
    return table.sort("_partition", "_offset")


def places(folder: Path) -> list[tuple[str, int, int]]:
    return rows(folder).select("_event_id", "_partition", "_offset").rows()
