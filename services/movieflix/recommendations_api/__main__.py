"""recommendations-api: what does this user like, and what should they watch next?

Reads: Valkey, the views that recommendations-projector keeps.
Writes: nothing.
Guarantee: a rating shows here within a second (p99) while nothing is broken; the stream sends today's answer first, then each change.
Left out: who the caller is.
"""

from __future__ import annotations

from fastapi import FastAPI

from services.movieflix.recommendations_api.app import recommendations_api
from services.movieflix.recommendations_api.store import ValkeyRecommendations
from shared.health import Health
from shared.http.app import serve
from shared.settings import ServiceSettings
from shared.stores import valkey


def create(settings: ServiceSettings) -> FastAPI:
    health = Health()
    health.add_ready("valkey", valkey.ping_check(valkey.connect(settings.valkey)))
    return recommendations_api(ValkeyRecommendations(valkey.connect_async(settings.valkey)), health)


def main() -> None:
    settings = ServiceSettings()
    serve(lambda: create(settings), settings)


if __name__ == "__main__":
    main()
