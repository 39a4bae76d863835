"""analytics-api: what is watched, when, how far, and how is it liked?

Reads: Elasticsearch, the indices that analytics-sink keeps, and titles from catalog-indexer's.
Writes: nothing.
Guarantee: every figure is exact over what the indices hold; an acknowledged event is among it within about a second.
Left out: who the caller is; answers kept for later (each is computed when it is asked for).
"""

from __future__ import annotations

from fastapi import FastAPI

from services.movieflix.analytics_api.app import analytics_api
from services.movieflix.analytics_api.store import SearchedEvents
from shared.health import Health
from shared.http.app import serve
from shared.settings import ServiceSettings
from shared.stores import search


def create(settings: ServiceSettings) -> FastAPI:
    health = Health()
    health.add_ready("elasticsearch", search.health_check(search.connect(settings.elasticsearch)))
    return analytics_api(SearchedEvents(search.connect_async(settings.elasticsearch)), health)


def main() -> None:
    settings = ServiceSettings()
    serve(lambda: create(settings), settings)


if __name__ == "__main__":
    main()
