"""What can be set of lake-writer."""

from __future__ import annotations

from pydantic import Field

from services.ingestion.contracts.lake import Layer
from shared.settings import ServiceSettings


class LakeWriterSettings(ServiceSettings):
    layer: Layer = Field(Layer.S3, validation_alias="INGESTION_LAYER")
    flush_seconds: float = Field(3.0, validation_alias="INGESTION_LAKE_WRITER_FLUSH_SECONDS", ge=0, le=120)
    """An event waits so long for others to share a file; sooner where batch_size are there."""
    batch_size: int = Field(60_000, validation_alias="INGESTION_LAKE_WRITER_BATCH_SIZE", ge=1, le=500_000)
