"""alerts-api: what happened that I wanted to hear of?

Reads: HTTP; Valkey, the views that alerts-projector keeps.
Writes: mybank.alert-acknowledgements.
Guarantee: an alert has one place in its user's stream, for good: a client that resumes with the last event id misses none and gets none
twice. An acknowledgement is answered once it is in the log. A stream ends when its token does.
Left out: all but the latest 10,000 alerts of a user.
"""

from __future__ import annotations

from fastapi import FastAPI

from services.mybank.alerts_api.app import alerts_api
from services.mybank.alerts_api.store import ValkeyAlerts
from services.mybank.contracts.access import AccessSettings, access_tokens
from services.mybank.contracts.topics import ALERT_ACKNOWLEDGEMENTS, CASE_DIR
from shared import clock
from shared.health import Health
from shared.http.app import serve
from shared.producer import EventPublisher
from shared.registry import HttpSchemaRegistry
from shared.serialization import codec_factory
from shared.stores import valkey


def create(settings: AccessSettings) -> FastAPI:
    health = Health()
    health.add_ready("valkey", valkey.ping_check(valkey.connect(settings.valkey)))
    codec = codec_factory(CASE_DIR, HttpSchemaRegistry(settings.registry))
    return alerts_api(
        ValkeyAlerts(valkey.connect_async(settings.valkey)),
        lambda: EventPublisher("alerts-api", settings.kafka.client()),
        codec(ALERT_ACKNOWLEDGEMENTS),
        access_tokens(settings),
        clock.rising(clock.now),
        health,
    )


def main() -> None:
    settings = AccessSettings()
    serve(lambda: create(settings), settings)


if __name__ == "__main__":
    main()
