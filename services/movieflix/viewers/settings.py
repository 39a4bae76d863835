"""What can be set of the simulated viewers."""

from __future__ import annotations

from pydantic import Field

from shared.settings import ServiceSettings


class ViewersSettings(ServiceSettings):
    count: int = Field(40, validation_alias="MOVIEFLIX_VIEWERS_COUNT", ge=0, le=100_000)
    events_per_second: float = Field(5.0, validation_alias="MOVIEFLIX_VIEWERS_EVENTS_PER_SECOND", ge=0, le=20_000)
    """Of all viewers together; 0: they have a past, and watch nothing."""
    seed: int = Field(1895, validation_alias="MOVIEFLIX_VIEWERS_SEED")
    """Another seed is another household, with ids of its own."""
