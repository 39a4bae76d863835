"""What the `__main__` of every projector and sink does: settings, logs, health, signals, the runner, an exit code."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import Producer

from shared.consumer.client import consumer_config
from shared.consumer.commits import CommitStrategy
from shared.consumer.dead_letters import KafkaDeadLetters
from shared.consumer.handler import BatchHandler
from shared.consumer.rejoining import RejoiningConsumer
from shared.consumer.runner import ConsumerRunner
from shared.health import Health, serve_health
from shared.logging import configure_logging, get_logger
from shared.registry import HttpSchemaRegistry, SchemaRegistry
from shared.serialization import Decoder
from shared.settings import ServiceSettings
from shared.streams.processor import Processor
from shared.streams.state_log import KafkaStateLog
from shared.streams.transactional_runner import BATCH_SIZE, TransactionalRunner
from shared.streams.transactions import EXIT_CODE, Transactions, transactional_config

log = get_logger(__name__)


def run_projector(
    group: str,
    settings: ServiceSettings,
    codecs: Callable[[SchemaRegistry], Mapping[str, Decoder]],
    handler: Callable[[Health], BatchHandler],
    *,
    gather_ms: int = 0,
    batch_size: int = 2000,
    fill_seconds: float = 0.0,
    commits: CommitStrategy = CommitStrategy.AFTER,
) -> None:
    """Run until SIGTERM or SIGINT, then write and commit the batch at hand. Exits with 1 where the client cannot go on.

    `batch_size` is the most that is handled at once, while there is a backlog; for a batch to fill, records wait `fill_seconds`.
    """
    configure_logging(settings.name, settings.log_level)
    health = Health()
    client = settings.kafka.client()
    runner = ConsumerRunner(
        RejoiningConsumer(consumer_config(client, group, settings.instance, gather_ms=gather_ms, commits=commits)),
        codecs(HttpSchemaRegistry(settings.registry)),
        handler(health),
        KafkaDeadLetters(group, client),
        health,
        batch_size=batch_size,
        fill_seconds=fill_seconds,
        commits=commits,
    )
    _run_until_stopped(runner, group, settings, health)


def run_processor(
    group: str,
    settings: ServiceSettings,
    processor: Callable[[SchemaRegistry], Processor],
    state_topic: str,
    *,
    batch_size: int = BATCH_SIZE,
    gather_seconds: float = 0.1,
) -> None:
    """Run a transactional processor until SIGTERM or SIGINT, then commit the batch at hand. Exits with 1 where it cannot go on.

    `state_topic` is compacted, and has as many partitions as the source. `gather_seconds` is the latency of a lone record.
    """
    configure_logging(settings.name, settings.log_level)
    health = Health()
    client = settings.kafka.client()
    runner: TransactionalRunner[Any] = TransactionalRunner(
        RejoiningConsumer(consumer_config(client, group, settings.instance)),
        Transactions(Producer(transactional_config(client, group, settings.instance))),
        group,
        processor(HttpSchemaRegistry(settings.registry)),
        KafkaStateLog(state_topic, client),
        health,
        batch_size=batch_size,
        gather_seconds=gather_seconds,
    )
    _run_until_stopped(runner, group, settings, health)


def _run_until_stopped(runner: ConsumerRunner | TransactionalRunner[Any], group: str, settings: ServiceSettings, health: Health) -> None:
    serve_health(health, settings.host, settings.port)
    end_where_hung(health)
    # A batch is tens of thousands of objects without cycles, which the collector would look through again and again as they come.
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    stop_on_signals(runner.stop)
    log.info("started", group=group)
    try:
        runner.run()
    except Exception:
        log.exception("stopped_by_error")
        sys.exit(1)
    log.info("stopped")


def end_where_hung(health: Health, exit_process: Callable[[int], Any] = os._exit, every_seconds: float = 5.0) -> None:
    """Watch from a thread: what does not come back in time, such as a call of a store's client, is ended with the process around it.

    A successor takes the partitions over and asks the store what was written, as after any crash.
    """

    def watch() -> None:
        while not (reasons := health.live()):
            time.sleep(every_seconds)
        log.error("hangs", reasons=reasons)
        exit_process(EXIT_CODE)

    threading.Thread(target=watch, name="hung-watch", daemon=True).start()


def stop_on_signals(stop: Callable[[], None]) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
