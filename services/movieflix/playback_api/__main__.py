"""playback-api: where are the viewers in their shows, and how do they like them?

Reads: HTTP, positions and ratings, one by one and in batches.
Writes: movieflix.show-position, movieflix.show-rating.
Guarantee: 202 only after every in-sync replica has the record. On 503 the event may be in the log: sent
again with its event_id, it counts once.
Left out: who the caller is (any caller may report for any user).
"""

from __future__ import annotations

from services.movieflix.contracts.topics import CASE_DIR
from services.movieflix.playback_api.app import playback_api
from shared import clock
from shared.http.app import serve
from shared.producer import EventPublisher
from shared.registry import HttpSchemaRegistry
from shared.serialization import codec_factory
from shared.settings import ServiceSettings


def main() -> None:
    settings = ServiceSettings()
    codec = codec_factory(CASE_DIR, HttpSchemaRegistry(settings.registry))
    serve(
        lambda: playback_api(lambda: EventPublisher("playback-api", settings.kafka.client()), codec, clock.rising(clock.now)),
        settings,
    )


if __name__ == "__main__":
    main()
