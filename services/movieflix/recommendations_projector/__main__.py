"""recommendations-projector: what are a user's profile and recommendations now, ready to be served?

Reads: movieflix.user-profile, movieflix.recommendations, movieflix.models.
Writes: Valkey, one document a user and kind, and one for newcomers; announces each change of recommendations.
Guarantee: effectively once: the highest (revision, model version) stands, whatever arrives, how often and in which order.
Left out: history; a view holds today's answer only.
"""

from __future__ import annotations

from services.movieflix.contracts.topics import CASE_DIR, MODELS, RECOMMENDATIONS, USER_PROFILE
from services.movieflix.recommendations_projector.handler import ViewHandler
from services.movieflix.recommendations_projector.store import Views
from shared.consumer.handler import BatchHandler
from shared.health import Health
from shared.serialization import codecs
from shared.settings import ServiceSettings
from shared.stores import valkey
from shared.worker import run_projector


def main() -> None:
    settings = ServiceSettings()
    client = valkey.connect(settings.valkey)

    def handler(health: Health) -> BatchHandler:
        health.add_ready("valkey", valkey.ping_check(client))
        return ViewHandler(Views(client))

    run_projector("movieflix-recommendations-projector", settings, codecs(CASE_DIR, USER_PROFILE, RECOMMENDATIONS, MODELS), handler)


if __name__ == "__main__":
    main()
