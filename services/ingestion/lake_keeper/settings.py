"""What can be set of lake-keeper."""

from __future__ import annotations

from pydantic import Field

from shared.settings import ServiceSettings


class LakeKeeperSettings(ServiceSettings):
    every_seconds: float = Field(300.0, validation_alias="INGESTION_LAKE_KEEPER_EVERY_SECONDS", gt=0)
    retention_hours: int = Field(168, validation_alias="INGESTION_LAKE_KEEPER_RETENTION_HOURS", ge=1)
    """How long a version that was replaced can still be read: longer than any query runs."""
