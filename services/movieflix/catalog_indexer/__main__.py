"""catalog-indexer: how is the catalogue searched?

Reads: movieflix.shows.
Writes: Elasticsearch, movieflix-shows: a document for each show, its title also as folded words.
Guarantee: effectively once. The latest entry by (occurred_at, event_id) stands, whatever arrives, how often and in which order.
Left out: words of other languages' grammars; the minimal distribution has no language analyzers.
"""

from __future__ import annotations

from services.movieflix.catalog_indexer.handler import CatalogueHandler
from services.movieflix.catalog_indexer.store import CatalogueIndex
from services.movieflix.contracts.topics import CASE_DIR, SHOWS
from shared.consumer.handler import BatchHandler
from shared.health import Health
from shared.serialization import codecs
from shared.settings import ServiceSettings
from shared.stores import search
from shared.worker import run_projector


def main() -> None:
    settings = ServiceSettings()
    client = search.connect(settings.elasticsearch)

    def handler(health: Health) -> BatchHandler:
        health.add_ready("elasticsearch", search.health_check(client))
        return CatalogueHandler(CatalogueIndex(client))

    run_projector("movieflix-catalog-indexer", settings, codecs(CASE_DIR, SHOWS), handler)


if __name__ == "__main__":
    main()
