"""catalog-api: which shows are there?

Reads: HTTP, entries of shows one by one and in batches; Elasticsearch, the index that catalog-indexer keeps.
Writes: movieflix.shows.
Guarantee: 202 only after every in-sync replica has the entry; it is found within about a second. The latest entry of a show stands.
Left out: taking a show out of the catalogue; who the caller is.
"""

from __future__ import annotations

from fastapi import FastAPI

from services.movieflix.catalog_api.app import catalog_api
from services.movieflix.catalog_api.store import SearchedShows
from services.movieflix.contracts.topics import CASE_DIR
from shared import clock
from shared.health import Health
from shared.http.app import serve
from shared.producer import EventPublisher
from shared.registry import HttpSchemaRegistry
from shared.serialization import codec_factory
from shared.settings import ServiceSettings
from shared.stores import search


def create(settings: ServiceSettings) -> FastAPI:
    health = Health()
    health.add_ready("elasticsearch", search.health_check(search.connect(settings.elasticsearch)))
    return catalog_api(
        lambda: EventPublisher("catalog-api", settings.kafka.client()),
        codec_factory(CASE_DIR, HttpSchemaRegistry(settings.registry)),
        # Two entries of a show, one after the other, must not bear the same time: the latest stands.
        clock.rising(clock.now),
        SearchedShows(search.connect_async(settings.elasticsearch)),
        health,
    )


def main() -> None:
    settings = ServiceSettings()
    serve(lambda: create(settings), settings)


if __name__ == "__main__":
    main()
