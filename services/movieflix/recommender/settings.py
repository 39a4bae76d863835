"""Settings of recommender."""

from __future__ import annotations

from pydantic import Field

from shared.settings import ServiceSettings


class RecommenderSettings(ServiceSettings):
    store: str = Field("rocksdb://", validation_alias="MOVIEFLIX_RECOMMENDER_STORE")
    """`rocksdb://`, with a standby copy where there are two workers, or `memory://`, which a take-over reads anew from the changelog."""
