"""Settings of recommender."""

from __future__ import annotations

from pydantic import Field

from shared.settings import ServiceSettings


class RecommenderSettings(ServiceSettings):
    store: str = Field("memory://", validation_alias="MOVIEFLIX_RECOMMENDER_STORE")
    """`memory://`, or `rocksdb://` where histories outgrow memory."""
