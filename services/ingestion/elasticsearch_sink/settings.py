"""What can be set of elasticsearch-sink."""

from __future__ import annotations

from pydantic import Field

from services.ingestion.contracts.delivery import Delivery
from services.ingestion.contracts.stores import EVENTS_INDEX, SINK_GROUP
from services.ingestion.contracts.topics import EVENTS
from services.ingestion.elasticsearch_sink.domain import COMMITS
from shared.commits import CommitStrategy
from shared.settings import ServiceSettings


class ElasticsearchSinkSettings(ServiceSettings):
    delivery: Delivery = Field(Delivery.FIXED_IDS, validation_alias="INGESTION_ELASTICSEARCH_SINK_DELIVERY")
    batch_size: int = Field(2000, validation_alias="INGESTION_ELASTICSEARCH_SINK_BATCH_SIZE", ge=1, le=20_000)
    """Records in a bulk request at most: fewer are sooner there, more are cheaper."""
    group: str = Field(SINK_GROUP, validation_alias="INGESTION_ELASTICSEARCH_SINK_GROUP")
    topic: str = Field(EVENTS.name, validation_alias="INGESTION_ELASTICSEARCH_SINK_TOPIC")
    alias: str = Field(EVENTS_INDEX, validation_alias="INGESTION_ELASTICSEARCH_SINK_ALIAS")

    @property
    def commits(self) -> CommitStrategy:
        return COMMITS[self.delivery]
