"""A Delta table with its place in the log, and the index of the ids that are in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake
from rocksdict import BlockBasedOptions, Cache, Options, Rdict, WriteBatch, WriteOptions

from services.ingestion.contracts.events import EventCollected
from services.ingestion.contracts.lake import DAY, EVENT_ID, OFFSET, OWN, PARTITION, transaction_id
from services.ingestion.contracts.sources import Source
from services.ingestion.lake_writer.domain import Columns
from shared.consumer.handler import Record
from shared.logging import get_logger
from shared.stores.lake import Lake, batches, unavailable_lake

log = get_logger(__name__)

INDEXED_COLUMNS = str(len(OWN))
"""The pipeline's own, which come first: bounds of all columns in each commit would make it as large as its data."""
INDEXED_AT_ONCE = 500_000
CHECKPOINT_COMMITS = "50"
"""A reader that opens the table reads the log since the last checkpoint, a file a commit."""


class SeenIds:
    """The ids that are in a table, and up to which offset of each partition. On disk, since memory would grow with the table.

    It is what the table says: what is lost of it is read again from there, so it need not be kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._db: Rdict | None = None

    def open(self, table_id: str) -> None:
        """Begin anew where what is there is of another table."""
        if self._db is None:
            self._db = self._opened()
        if self._db.get(b"\0table") != table_id.encode():
            self._db.close()
            shutil.rmtree(self._folder)
            self._db = self._opened()
            self._db[b"\0table"] = table_id.encode()

    def covered(self, partition: int) -> int:
        """The ids of all records below this offset are here."""
        return int(self._database.get(_offset_key(partition)) or 0)

    def unseen(self, ids: Sequence[str]) -> list[bool]:
        found: list[bytes | None] = self._database.get([name.encode() for name in ids]) if ids else []  # type: ignore[assignment]
        return [value is None for value in found]

    def add(self, ids: Iterable[str], ends: dict[int, int]) -> None:
        """At once: the ids, and that they are all up to these offsets."""
        batch = WriteBatch(raw_mode=True)
        for name in ids:
            batch.put(name.encode(), b"")
        for partition, end in ends.items():
            batch.put(_offset_key(partition), str(end).encode())
        self._database.write(batch)

    @property
    def _database(self) -> Rdict:
        assert self._db is not None
        return self._db

    def _opened(self) -> Rdict:
        self._folder.mkdir(parents=True, exist_ok=True)
        blocks = BlockBasedOptions()
        blocks.set_bloom_filter(10, False)
        blocks.set_block_cache(Cache(32 << 20))
        blocks.set_cache_index_and_filter_blocks(True)
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_write_buffer_size(16 << 20)
        options.set_block_based_table_factory(blocks)
        database = Rdict(str(self._folder), options)
        # A log of its own would write everything twice: what a crash takes away is whole batches, ends included, which the table still has.
        unlogged = WriteOptions()
        unlogged.disable_wal = True  # type: ignore[assignment, method-assign]  # a property, which its stub calls a method
        database.set_write_options(unlogged)
        return database


class LakeTable:
    """One source's table in one layer; blocking. What is in it is asked of the table itself before each write, never remembered."""

    def __init__(self, lake: Lake, source: Source, topic: str, seen: SeenIds) -> None:
        self._lake = lake
        self._source = source
        self._topic = topic
        self._seen = seen
        self._table: DeltaTable | None = None
        self._columns = Columns(source.fields)

    def append(self, records: Sequence[Record[EventCollected]]) -> None:
        """Those that are not in it yet, with the offsets after them, in one commit. Raises StoreUnavailableError."""
        with unavailable_lake():
            try:
                self._append(self._read(), records)
            except BaseException:
                self._table = None
                raise

    def _append(self, table: DeltaTable, records: Sequence[Record[EventCollected]]) -> None:
        ends = {partition: self._end(table, partition) for partition in {record.partition for record in records}}
        # What another instance has written, or this one before a crash.
        for partition, end in ends.items():
            self._index(table, partition, end)
        fresh = [record for record in records if record.offset >= ends[record.partition]]
        # Of several with one id the first stands.
        new: dict[str, Record[EventCollected]] = {}
        for record, is_new in zip(fresh, self._seen.unseen([record.event.event_id for record in fresh]), strict=True):
            if is_new:
                new.setdefault(record.event.event_id, record)
        if new:
            self._commit(table, list(new.values()))

    def _commit(self, table: DeltaTable, records: Sequence[Record[EventCollected]]) -> None:
        ends = {record.partition: record.offset + 1 for record in records}  # the last of each partition stays
        frame = self._columns.frame([(record.event, record.partition, record.offset) for record in records])
        # Refused where somebody else has committed one of these partitions since the table was read.
        transactions = [Transaction(transaction_id(self._topic, partition), end) for partition, end in ends.items()]
        commit = CommitProperties(app_transactions=transactions)
        write_deltalake(table, frame, mode="append", schema_mode="merge", commit_properties=commit)
        self._seen.add((record.event.event_id for record in records), ends)

    def _read(self) -> DeltaTable:
        """The table as it is now, made where there is none."""
        if self._table is not None:
            self._table.update_incremental()
            types = _types(self._table)
            # Another instance has met a field that is new, which would become a column of another case here.
            if not types.keys() <= self._columns.schema.keys():
                self._columns = Columns(self._source.fields, types)
            return self._table
        table = self._table = self._lake.open(self._source.name) or self._make()
        self._columns = Columns(self._source.fields, _types(table))
        self._seen.open(str(table.metadata().id))
        log.info("table_read", table=self._source.name, version=table.version())
        return table

    def _make(self) -> DeltaTable:
        uri, options = self._lake.uri(self._source.name), self._lake.options
        write_deltalake(
            uri,
            pl.DataFrame(schema=self._columns.schema),
            mode="ignore",  # another instance may have made it
            partition_by=[DAY],
            configuration={"delta.checkpointInterval": CHECKPOINT_COMMITS, "delta.dataSkippingNumIndexedCols": INDEXED_COLUMNS},
            storage_options=options,
        )
        return DeltaTable(uri, storage_options=options)

    def _end(self, table: DeltaTable, partition: int) -> int:
        """The offset after the last record of a partition that is in the table."""
        return table.transaction_version(transaction_id(self._topic, partition)) or 0

    def _index(self, table: DeltaTable, partition: int, end: int) -> None:
        covered = self._seen.covered(partition)
        if covered >= end:
            return
        log.info("reading_ids", table=self._source.name, partition=partition, since=covered, end=end)
        for start in range(covered, end, INDEXED_AT_ONCE):
            stop = min(end, start + INDEXED_AT_ONCE)
            chosen = f'"{PARTITION}" = {partition} AND "{OFFSET}" >= {start} AND "{OFFSET}" < {stop}'
            for batch in batches(table, f'SELECT "{EVENT_ID}" FROM rows WHERE {chosen}'):
                self._seen.add(batch.column(0).to_pylist(), {})
            # Noted at each step: whoever is killed in the middle of a large table goes on from there.
            self._seen.add((), {partition: stop})


def _types(table: DeltaTable) -> dict[str, str]:
    """Of its columns, by name."""
    return {field.name: str(getattr(field.type, "type", field.type)) for field in table.schema().fields}


def _offset_key(partition: int) -> bytes:
    """Ids are printable: none begins so."""
    return b"\0%d" % partition
