"""lake-writer: what has happened, for every question that is asked later, in files?

Reads: ingestion.events; one service for each layer (INGESTION_LAYER: s3, hdfs), each with its own place in the log.
Writes: Delta tables, one a source, partitioned by the day of the event; a row for each event.
Guarantee: each event once. Rows and the offset after them are one commit of the table, so a crash repeats nothing; an id that comes
again is known by an index on disk, which is filled again from the tables where it is lost. Two instances of a layer share its partitions
exactly, as long as an id comes with the same key. What arrives late is in its own day; a field that is new becomes a column.
Left out: joining small files, which is lake-keeper's; changing or deleting rows.
"""

from __future__ import annotations

from services.ingestion.contracts.events import EventCollectedCodec
from services.ingestion.contracts.lake import lake, writer_group
from services.ingestion.contracts.sources import sources
from services.ingestion.contracts.topics import EVENTS
from services.ingestion.lake_writer.handler import LakeHandler
from services.ingestion.lake_writer.settings import LakeWriterSettings
from services.ingestion.lake_writer.store import LakeTable, SeenIds
from shared.worker import run_projector


def lake_handler(settings: LakeWriterSettings) -> LakeHandler:
    tables = lake(settings.layer, settings)
    folder = settings.stack_dir / "data" / f"{writer_group(settings.layer)}-{settings.instance}"
    return LakeHandler({name: LakeTable(tables, source, EVENTS.name, SeenIds(folder / name)) for name, source in sources().items()})


def main() -> None:
    settings = LakeWriterSettings()
    run_projector(
        writer_group(settings.layer),
        settings,
        lambda _: {EVENTS.name: EventCollectedCodec()},
        lambda _: lake_handler(settings),
        gather_ms=500,
        batch_size=settings.batch_size,
        fill_seconds=settings.flush_seconds,
    )


if __name__ == "__main__":
    main()
