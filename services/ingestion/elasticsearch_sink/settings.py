"""What can be set of elasticsearch-sink, and what the strategies of delivery are made of."""

from __future__ import annotations

from pydantic import Field

from services.ingestion.contracts.delivery import Delivery
from services.ingestion.contracts.stores import EVENTS_INDEX, SINK_GROUP
from services.ingestion.contracts.topics import EVENTS
from shared.consumer.commits import CommitStrategy
from shared.settings import ServiceSettings

COMMITS = {
    Delivery.AT_MOST_ONCE: CommitStrategy.BEFORE,
    Delivery.NO_IDS: CommitStrategy.AFTER,
    Delivery.FIXED_IDS: CommitStrategy.AFTER,
    Delivery.AUTO_COMMIT: CommitStrategy.AUTOMATIC,
}


class ElasticsearchSinkSettings(ServiceSettings):
    delivery: Delivery = Field(Delivery.FIXED_IDS, validation_alias="INGESTION_ELASTICSEARCH_SINK_DELIVERY")
    batch_size: int = Field(8000, validation_alias="INGESTION_ELASTICSEARCH_SINK_BATCH_SIZE", ge=1, le=20_000)
    """Records that are written, then committed, at most: several bulk requests, of which one is made while another is under way."""
    group: str = Field(SINK_GROUP, validation_alias="INGESTION_ELASTICSEARCH_SINK_GROUP")
    topic: str = Field(EVENTS.name, validation_alias="INGESTION_ELASTICSEARCH_SINK_TOPIC")
    alias: str = Field(EVENTS_INDEX, validation_alias="INGESTION_ELASTICSEARCH_SINK_ALIAS")

    @property
    def commits(self) -> CommitStrategy:
        return COMMITS[self.delivery]

    @property
    def fixed_ids(self) -> bool:
        return self.delivery is Delivery.FIXED_IDS
