"""notifier: does the user's own system hear of each alert?

Reads: mybank.user-alerts; mybank.user-webhooks, up to its end before each batch of alerts.
Writes: HTTPS to the users' receivers, signed; outboxes in Valkey.
Guarantee: at least once and in order for each user, under one id for each alert, so that a receiver can tell a retry; tried for a week. A
receiver that is away or slow holds up nobody else. Never a private address, whatever its name leads to by then.
Left out: another order than the log's; proxies; encryption of the secrets at rest.
"""

from __future__ import annotations

import os

from services.mybank.contracts.topics import CASE_DIR, USER_ALERTS, USER_WEBHOOKS
from services.mybank.notifier.app import HttpPost, Sender
from services.mybank.notifier.handler import OutboxHandler, Webhooks
from services.mybank.notifier.settings import NotifierSettings
from services.mybank.notifier.store import ValkeyOutbox
from shared import clock
from shared.consumer.dead_letters import KafkaDeadLetters
from shared.consumer.handler import BatchHandler
from shared.contracts import load_contracts
from shared.health import Health
from shared.http.public_addresses import Destinations
from shared.registry import HttpSchemaRegistry
from shared.serialization import codec_factory, codecs
from shared.stores import valkey
from shared.streams.fresh_replica import FreshReplica, kafka_ends, replica_consumer
from shared.worker import run_projector

GROUP = "mybank-notifier"


def main() -> None:
    settings = NotifierSettings()
    client = settings.kafka.client()

    def handler(health: Health) -> BatchHandler:
        store = valkey.connect(settings.valkey)
        health.add_ready("valkey", valkey.ping_check(store))
        outbox, webhooks = ValkeyOutbox(store), Webhooks()
        replica = FreshReplica(
            USER_WEBHOOKS,
            codec_factory(CASE_DIR, HttpSchemaRegistry(settings.registry))(USER_WEBHOOKS),
            replica_consumer(client),
            kafka_ends(client, USER_WEBHOOKS.name, load_contracts(CASE_DIR).topic(USER_WEBHOOKS.name).partitions),
            KafkaDeadLetters(GROUP, client),
            webhooks.put,
        )
        destinations = Destinations(settings.webhook_hosts.split(","))
        sender = Sender(outbox, webhooks, replica.catch_up, lambda: HttpPost(destinations), clock.now, lambda: os._exit(1))
        health.add_live("sender", sender.heartbeat.check)
        sender.start()
        return OutboxHandler(outbox, webhooks, replica.catch_up)

    run_projector(GROUP, settings, codecs(CASE_DIR, USER_ALERTS), handler)


if __name__ == "__main__":
    main()
