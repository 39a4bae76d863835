"""Settings of model-trainer."""

from __future__ import annotations

from pydantic import Field

from shared.settings import ServiceSettings


class TrainerSettings(ServiceSettings):
    check_seconds: float = Field(5.0, validation_alias="MOVIEFLIX_TRAINER_CHECK_SECONDS", gt=0)
    """How often to look whether there is enough new to learn from."""

    growth: float = Field(0.1, validation_alias="MOVIEFLIX_TRAINER_GROWTH", ge=0)
    """Train again once interactions grew by this share since the last training."""

    max_age_seconds: float = Field(60.0, validation_alias="MOVIEFLIX_TRAINER_MAX_AGE_SECONDS", gt=0)
    """Train again at this age of the model where anything is new."""

    time_share: float = Field(0.05, validation_alias="MOVIEFLIX_TRAINER_TIME_SHARE", gt=0, le=1)
    """A model whose fit takes long grows older than that: age alone never makes fitting take more than this share of the time."""

    regularisation: float = Field(200.0, validation_alias="MOVIEFLIX_TRAINER_REGULARISATION", gt=0)
    """EASE's lambda."""

    min_interactions: int = Field(5, validation_alias="MOVIEFLIX_TRAINER_MIN_INTERACTIONS", ge=1)
    """A show with fewer is left out of the model."""

    max_items: int = Field(5000, validation_alias="MOVIEFLIX_TRAINER_MAX_ITEMS", ge=1)
    """The most interacted-with so many; fitting takes time with the cube, memory with the square of it."""
