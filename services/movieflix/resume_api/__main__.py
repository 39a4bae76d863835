"""resume-api: where did this user stop?

Reads: Valkey, the view that resume-projector keeps.
Writes: nothing.
Guarantee: what it answers is the latest position that the projector has handled; a position acknowledged by playback-api
is here within 100 ms (p99) while nothing is broken.
Left out: who the caller is.
"""

from __future__ import annotations

from fastapi import FastAPI

from services.movieflix.resume_api.app import resume_api
from services.movieflix.resume_api.store import ValkeyPositions
from shared.health import Health
from shared.http.app import serve
from shared.settings import ServiceSettings
from shared.stores import valkey


def create(settings: ServiceSettings) -> FastAPI:
    health = Health()
    health.add_ready("valkey", valkey.ping_check(valkey.connect(settings.valkey)))
    return resume_api(ValkeyPositions(valkey.connect_async(settings.valkey)), health)


def main() -> None:
    settings = ServiceSettings()
    serve(lambda: create(settings), settings)


if __name__ == "__main__":
    main()
