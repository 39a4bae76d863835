"""What the `__main__` of every projector and sink does: settings, logs, health, signals, the runner, an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import Any

from confluent_kafka import Consumer

from shared.consumer import BatchHandler, ConsumerRunner, consumer_config
from shared.dead_letters import KafkaDeadLetters
from shared.health import Health, serve_health
from shared.logging import configure_logging, get_logger
from shared.registry import HttpSchemaRegistry, SchemaRegistry
from shared.serialization import AvroCodec
from shared.settings import ServiceSettings

log = get_logger(__name__)


def run_projector(
    group: str,
    settings: ServiceSettings,
    codecs: Callable[[SchemaRegistry], dict[str, AvroCodec[Any]]],
    handler: Callable[[Health], BatchHandler],
    *,
    gather_ms: int = 0,
) -> None:
    """Run until SIGTERM or SIGINT, then write and commit the batch at hand. Exits with 1 where the client cannot go on."""
    configure_logging(settings.name, settings.log_level)
    health = Health()
    client = settings.kafka.client()
    runner = ConsumerRunner(
        Consumer(consumer_config(client, group, settings.instance, gather_ms=gather_ms)),
        codecs(HttpSchemaRegistry(settings.registry)),
        handler(health),
        KafkaDeadLetters(group, client),
        health,
    )
    serve_health(health, settings.host, settings.port)
    stop_on_signals(runner.stop)
    log.info("started", group=group)
    try:
        runner.run()
    except Exception:
        log.exception("stopped_by_error")
        sys.exit(1)
    log.info("stopped")


def stop_on_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
