"""resume-projector: where did each user stop, in each show?

Reads: movieflix.show-position.
Writes: Valkey, the latest position for each user and show, and the unfinished shows of each user.
Guarantee: effectively once. The latest by (occurred_at, event_id) stands, whatever arrives, how often and in which order; an event id seen
again among a show's last events changes nothing.
Left out: forgetting. A view of every show a user ever started grows with the catalogue, not with time.
"""

from __future__ import annotations

from services.movieflix.contracts.topics import CASE_DIR, SHOW_POSITION
from services.movieflix.resume_projector.handler import PositionHandler
from services.movieflix.resume_projector.store import ResumeView
from shared.consumer.handler import BatchHandler
from shared.health import Health
from shared.serialization import codecs
from shared.settings import ServiceSettings
from shared.stores import valkey
from shared.worker import run_projector

CATCH_UP_BATCH = 10_000
"""The view costs by user and show, not by position: after an outage a large batch has many positions of each."""


def main() -> None:
    settings = ServiceSettings()
    client = valkey.connect(settings.valkey)

    def handler(health: Health) -> BatchHandler:
        health.add_ready("valkey", valkey.ping_check(client))
        return PositionHandler(ResumeView(client))

    run_projector("movieflix-resume-projector", settings, codecs(CASE_DIR, SHOW_POSITION), handler, batch_size=CATCH_UP_BATCH)


if __name__ == "__main__":
    main()
