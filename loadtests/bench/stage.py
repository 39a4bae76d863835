"""One stage alone, as a process that shows its progress at /metrics as a worker does."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping

from confluent_kafka import Consumer

from shared import metrics
from shared.consumer.client import consumer_config
from shared.health import Health, serve_health
from shared.settings import ServiceSettings

Stage = Callable[..., Callable[[], None]]
"""Prepares, from the settings, the number of events and what else stands on the command line; what it returns is measured."""


def run_stage(stages: Mapping[str, Stage]) -> None:
    """`python -m ... STAGE EVENTS [ARGUMENT ...]`; does not end by itself, since whoever measures wants to see the last figure."""
    settings = ServiceSettings()
    name, events, *arguments = sys.argv[1:]
    work = stages[name](settings, int(events), *arguments)
    serve_health(Health(), settings.host, settings.port)
    work()
    while True:
        time.sleep(1)


def consuming(topic: str, batch: int) -> Stage:
    """Reads a topic as the runner reads it, so many records at a time, and looks at nothing."""

    def consume(settings: ServiceSettings, events: int, group: str) -> Callable[[], None]:
        consumer = Consumer(consumer_config(settings.kafka.client(), group, settings.instance))
        consumer.subscribe([topic])
        counted = metrics.HANDLED.labels(topic)

        def run() -> None:
            while True:
                if consumer.poll(0.25) is not None:
                    counted.inc(1 + len(consumer.consume(batch - 1, 0)))

        return run

    return consume
