"""alert-processor: which transactions is their user to be alerted to?

Reads: mybank.bank-transactions; mybank.user-settings, up to their end before each batch of transactions.
Writes: mybank.user-alerts, and what it knows of each user to a compacted topic, in one transaction with its offsets.
Guarantee: exactly once; each alert by the version in force when its transaction was booked, whatever order things arrive in. For that
it waits for no fixed time, but for the end of those changes of settings that are under way: some ten milliseconds, or, where
settings-api dies in the middle of one, until it is back or its transaction times out (10 s).
Left out: windows of what arrives over a week late (it is still judged by itself); settings that were replaced over 90 days ago.
"""

from __future__ import annotations

from contextlib import suppress

from services.mybank.alert_processor.domain import UserState, transition
from services.mybank.alert_processor.store import Settings
from services.mybank.contracts.bank_transactions import BankTransactions
from services.mybank.contracts.events import AlertRaised, BankTransactionChanged
from services.mybank.contracts.topics import ALERT_PROCESSOR_STATES, BANK_TRANSACTIONS, CASE_DIR, USER_ALERTS, USER_SETTINGS
from shared import clock
from shared.consumer.dead_letters import KafkaDeadLetters
from shared.contracts import load_contracts
from shared.registry import SchemaRegistry
from shared.serialization import codec_factory
from shared.settings import ServiceSettings
from shared.stores import StoreUnavailableError
from shared.streams.fresh_replica import FreshReplica, kafka_ends, replica_consumer
from shared.streams.processor import Place, Processor
from shared.worker import run_processor

GROUP = "mybank-alert-processor"
GATHER_SECONDS = 0.02
"""Longer gathers more into a transaction of the log; it is added to every alert's delay."""


def alert_processor(settings: ServiceSettings, registry: SchemaRegistry) -> Processor:
    client = settings.kafka.client()
    codec = codec_factory(CASE_DIR, registry)
    known = Settings()
    fresh = FreshReplica(
        USER_SETTINGS,
        codec(USER_SETTINGS),
        replica_consumer(client),
        kafka_ends(client, USER_SETTINGS.name, load_contracts(CASE_DIR).topic(USER_SETTINGS.name).partitions),
        KafkaDeadLetters(GROUP, client),
        known.put,
    )
    # Before the group gives this worker partitions, which then wait for it; what cannot be read now is with the first batch.
    with suppress(StoreUnavailableError):
        fresh.catch_up()
    now = clock.rising(clock.now)

    def judge(state: UserState | None, event: BankTransactionChanged) -> tuple[UserState, list[AlertRaised]]:
        return transition(state, event, known.of(event.user_id), now)

    return Processor(
        Place(BANK_TRANSACTIONS.name, BankTransactions(registry), BANK_TRANSACTIONS.key_of),
        UserState,
        judge,
        {AlertRaised: Place(USER_ALERTS.name, codec(USER_ALERTS), USER_ALERTS.key_of)},
        prepare=fresh.catch_up,
    )


def main() -> None:
    settings = ServiceSettings()
    run_processor(
        GROUP, settings, lambda registry: alert_processor(settings, registry), ALERT_PROCESSOR_STATES, gather_seconds=GATHER_SECONDS
    )


if __name__ == "__main__":
    main()
