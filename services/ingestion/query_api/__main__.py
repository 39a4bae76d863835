"""query-api: what has happened, and do all layers agree?

Reads: Elasticsearch, the Delta tables on S3 and HDFS, the newest of ingestion.important-events, and how far each layer's group has read.
Writes: nothing.
Guarantee: counts are exact over what a layer holds when it is asked, which reconciliation sets against what the log held.
Left out: who the caller is; questions that the tables' own readers (polars, DuckDB, Spark) answer better.
"""

from __future__ import annotations

from fastapi import FastAPI

from services.ingestion.contracts.lake import Layer, lake, writer_group
from services.ingestion.contracts.sources import sources
from services.ingestion.contracts.stores import SINK_GROUP
from services.ingestion.contracts.topics import CASE_DIR, EVENTS, IMPORTANT_EVENTS
from services.ingestion.query_api.app import SPEED, query_api
from services.ingestion.query_api.store import BatchLayer, SpeedLayer
from shared.consumer.group_offsets import GroupOffsets
from shared.consumer.group_progress import GroupProgress
from shared.consumer.tail import Tail
from shared.health import Health
from shared.http.app import serve
from shared.registry import HttpSchemaRegistry
from shared.serialization import codec_factory
from shared.settings import ServiceSettings
from shared.stores import search


def create(settings: ServiceSettings) -> FastAPI:
    client = settings.kafka.client()
    codec = codec_factory(CASE_DIR, HttpSchemaRegistry(settings.registry))(IMPORTANT_EVENTS)
    return query_api(
        sources(),
        SpeedLayer(search.connect_async(settings.elasticsearch)),
        {layer: BatchLayer(lake(layer, settings)) for layer in Layer},
        GroupProgress(lambda: GroupOffsets(client), EVENTS.name, {SPEED: SINK_GROUP} | {layer: writer_group(layer) for layer in Layer}),
        Tail(IMPORTANT_EVENTS, codec, client, lambda event: event.source),
        Health(),
    )


def main() -> None:
    settings = ServiceSettings()
    serve(lambda: create(settings), settings)


if __name__ == "__main__":
    main()
