"""A faust application with what version 0.15.3 needs to lose nothing: docs/adr/0004 says what was seen without.

Never: processing_guarantee=exactly_once (duplicates after every kill), concurrency above 1 (loses: faust-streaming/faust#606),
the confluent driver (processes nothing).
"""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import faust

from shared.consumer.client import SESSION_TIMEOUT_MS
from shared.settings import KafkaSettings, ServiceSettings

GATHER_BYTES = 65536
GATHER_MS = 100

SETTLE_SECONDS = 1.2
"""Longer than the fetch in flight when partitions are revoked; a faster rebalance stalls the worker for good."""


def create_faust_app(group: str, settings: ServiceSettings, *, store: str = "memory://") -> faust.App:
    """An app named as its consumer group. Topics, changelogs included, are the launcher's: faust creates none.

    `store` is `memory://` or `rocksdb://` (then below STACK_DIR, one folder an instance).
    """
    data = settings.stack_dir / "faust" / f"{group}-{settings.instance}"
    data.mkdir(parents=True, exist_ok=True)
    app = faust.App(
        group,
        broker=[f"kafka://{address}" for address in settings.kafka.bootstrap_servers.split(",")],
        broker_credentials=_credentials(settings.kafka),
        store=store,
        datadir=str(data),
        value_serializer="raw",
        key_serializer="raw",
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        # Known by name, a worker restarted within the session timeout gets its partitions back at once (KIP-345).
        consumer_group_instance_id=f"{group}-{settings.instance}",
        broker_session_timeout=SESSION_TIMEOUT_MS / 1000,
        broker_heartbeat_interval=1.0,
        broker_commit_interval=1.0,
        # Whoever takes over a table in memory reads it anew from its changelog: a standby copy would only be waited for at each start.
        table_standby_replicas=1 if store.startswith("rocksdb") else 0,
        producer_acks=-1,
        producer_compression_type="lz4",
        # Few and big requests: they cost the brokers more than what is in them. The price is up to 50 ms of latency.
        producer_linger=0.05,
        producer_max_batch_size=262_144,
        producer_max_request_size=4_194_304,
        web_enabled=False,
    )
    _install_cures(app)
    return app


def gather_fetches(app: faust.App) -> None:
    """Let the brokers gather records before they answer a fetch, as `consumer_config` can; faust has no setting for it.

    Call after the start.
    """
    fetcher = app.consumer._thread._consumer._fetcher
    fetcher._fetch_min_bytes, fetcher._fetch_max_wait_ms = GATHER_BYTES, GATHER_MS


def _install_cures(app: faust.App) -> None:
    async def seek_again(_app: Any, **_: Any) -> None:
        # Recovery resumes the source partitions before it seeks: what was fetched in between would count as acknowledged.
        if app.consumer.assignment():
            await app.consumer.perform_seek()

    async def let_fetches_end(_app: Any, revoked: Any, **_: Any) -> None:
        if revoked:
            await asyncio.sleep(SETTLE_SECONDS)

    async def start_tables() -> None:
        # Faust's own sleeps a second before, for tables that are declared late: a second of each take-over.
        if not app.tables.should_stop:
            await app.tables._update_channels()
            await app.tables.recovery.start()

    app.tables.on_start = start_tables
    app.on_rebalance_complete.connect(seek_again, weak=False)
    app.on_partitions_revoked.connect(let_fetches_end, weak=False)


def _credentials(kafka: KafkaSettings) -> Any:
    if kafka.sasl_mechanism:
        return faust.SASLCredentials(
            username=kafka.sasl_username,
            password=kafka.sasl_password,
            mechanism=kafka.sasl_mechanism,
            ssl_context=_ssl_context(kafka) if kafka.security_protocol.endswith("SSL") else None,
        )
    if kafka.security_protocol == "SSL":
        return faust.SSLCredentials(context=_ssl_context(kafka))
    return None


def _ssl_context(kafka: KafkaSettings) -> Any:
    return ssl.create_default_context(cafile=kafka.ssl_ca_location or None)
