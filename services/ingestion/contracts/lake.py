"""The batch layer: a Delta table a source, the same on S3 and on HDFS.

Columns: those of the source's fields, and these. Every row has its place in the log, so that it can be told where it came from, and what
is in a table up to which offset.
"""

from __future__ import annotations

from enum import StrEnum

from shared.settings import ServiceSettings
from shared.stores.lake import Lake, hdfs_lake, s3_lake

EVENT_ID = "_event_id"
OCCURRED_AT = "_occurred_at"
DAY = "_day"
"""Of occurred_at, in UTC: what tables are partitioned by."""
PARTITION = "_partition"
OFFSET = "_offset"
REST = "_rest"
"""What can be no column, as one JSON object."""
OWN = (EVENT_ID, OCCURRED_AT, DAY, PARTITION, OFFSET, REST)

_FOLDER = "ingestion"


class Layer(StrEnum):
    S3 = "s3"
    HDFS = "hdfs"


def lake(layer: Layer, settings: ServiceSettings) -> Lake:
    """The bucket or folder that the launcher has made."""
    return s3_lake(settings.s3, _FOLDER) if layer is Layer.S3 else hdfs_lake(settings.hdfs, _FOLDER)


def writer_group(layer: Layer) -> str:
    return f"ingestion-lake-writer-{layer}"


def transaction_id(topic: str, partition: int) -> str:
    """Under which a table's commits keep the next offset of a partition (Delta's transaction identifiers)."""
    return f"{topic}-{partition}"
