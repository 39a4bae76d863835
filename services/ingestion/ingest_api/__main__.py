"""ingest-api: what do the sources have to say?

Reads: HTTP, events of the declared sources as NDJSON or a JSON array, gzip or not.
Writes: ingestion.events.
Guarantee: what is accepted is in every in-sync replica before the answer. An event keeps its id however often it is sent, so whoever got
no answer, or 503, sends the same again. Memory is bounded: bodies are read as they are published, and what is too much is told to wait.
Left out: who the caller is; schemas of sources beyond the fields that sources.yaml names.
"""

from __future__ import annotations

from services.ingestion.contracts.sources import sources
from services.ingestion.ingest_api.app import ingest_api
from shared import clock
from shared.http.app import serve
from shared.producer import EventPublisher
from shared.settings import ServiceSettings


def main() -> None:
    settings = ServiceSettings()
    serve(lambda: ingest_api(lambda: EventPublisher("ingest-api", settings.kafka.client()), sources(), clock.now), settings)


if __name__ == "__main__":
    main()
