"""settings-api: what does a user want to be alerted to, from when on, and where?

Reads: HTTP; at its start mybank.user-settings and mybank.user-webhooks, which only it writes.
Writes: mybank.user-settings, mybank.user-webhooks, in transactions.
Guarantee: 200 once a change is committed; versions have no gaps and never the same time twice. What is booked after the answer is judged
by the new version. After a 503 the change may be in the log: send it again, the same is never a second version.
Left out: more than one writer at a time (a second instance takes over from the first); encryption of the webhooks' secrets at rest.
"""

from __future__ import annotations

import os
import signal
from typing import Any

from confluent_kafka import Producer
from fastapi import FastAPI

from services.mybank.contracts.access import access_tokens
from services.mybank.contracts.topics import CASE_DIR, USER_SETTINGS, USER_WEBHOOKS
from services.mybank.settings_api import domain
from services.mybank.settings_api.app import settings_api
from services.mybank.settings_api.settings import SettingsApiSettings
from services.mybank.settings_api.store import SOURCE, Journal, Kept
from shared import clock
from shared.contracts import load_contracts
from shared.health import Health
from shared.http.app import serve
from shared.http.public_addresses import Destinations
from shared.registry import HttpSchemaRegistry
from shared.serialization import codec_factory
from shared.settings import ServiceSettings
from shared.streams.state_log import KafkaStateLog
from shared.streams.transactions import Transactions, transactional_config


def open_journal(settings: ServiceSettings, health: Health) -> Journal:
    client = settings.kafka.client()
    codec = codec_factory(CASE_DIR, HttpSchemaRegistry(settings.registry))

    def kept(topic: Any, nothing: Any) -> Kept:
        partitions = range(load_contracts(CASE_DIR).topic(topic.name).partitions)
        return Kept(topic, codec(topic), KafkaStateLog(topic.name, client), partitions, nothing)

    journal = Journal(
        # Slot 0 whatever the instance: there is one writer.
        Transactions(Producer(transactional_config(client, f"mybank-{SOURCE}", 0))),
        [kept(USER_SETTINGS, domain.no_settings), kept(USER_WEBHOOKS, domain.no_webhook)],
        clock.now,
        lambda: os.kill(os.getpid(), signal.SIGTERM),
    )
    health.add_live("journal", journal.heartbeat.check)
    return journal


def create(settings: SettingsApiSettings) -> FastAPI:
    health = Health()
    destinations = Destinations(settings.webhook_hosts.split(","))
    return settings_api(lambda: open_journal(settings, health), access_tokens(settings), destinations, health)


def main() -> None:
    settings = SettingsApiSettings()
    serve(lambda: create(settings), settings)


if __name__ == "__main__":
    main()
