"""elasticsearch-sink: what has happened, to be searched a second later?

Reads: ingestion.events.
Writes: Elasticsearch, ingestion-events: a document for each event.
Guarantee: each event once, by default: its document's id is the event's own, and offsets are committed after each item of a bulk request
was looked at. INGESTION_ELASTICSEARCH_SINK_DELIVERY shows what other strategies lose or double (`make demo-delivery-semantics`).
An item that the index refuses for good goes to the dead letters with the reason; while Elasticsearch is away or overloaded partitions are
paused and polled on, so that the group keeps this member however long that takes.
Left out: forgetting; indices by month come with amounts that need them.
"""

from __future__ import annotations

from services.ingestion.contracts.events import EventCollectedCodec
from services.ingestion.contracts.sources import sources
from services.ingestion.elasticsearch_sink.handler import SinkHandler
from services.ingestion.elasticsearch_sink.settings import ElasticsearchSinkSettings
from services.ingestion.elasticsearch_sink.store import EventIndex
from shared.consumer.handler import BatchHandler
from shared.health import Health
from shared.stores import search
from shared.worker import run_projector


def main() -> None:
    settings = ElasticsearchSinkSettings()
    client = search.connect(settings.elasticsearch)
    index = EventIndex(client, settings.alias, fixed_ids=settings.fixed_ids)

    def handler(health: Health) -> BatchHandler:
        health.add_ready("elasticsearch", search.health_check(client))
        return SinkHandler(index, sources())

    run_projector(
        settings.group,
        settings,
        lambda _: {settings.topic: EventCollectedCodec()},
        handler,
        gather_ms=500,
        batch_size=settings.batch_size,
        commits=settings.commits,
    )


if __name__ == "__main__":
    main()
