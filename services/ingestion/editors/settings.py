"""What can be set of the simulated editors."""

from __future__ import annotations

from pydantic import Field

from shared.settings import ServiceSettings


class EditorsSettings(ServiceSettings):
    events_per_second: float = Field(5.0, validation_alias="INGESTION_EDITORS_EVENTS_PER_SECOND", ge=0, le=20_000)
    """Of all editors together; 0: nobody edits."""
