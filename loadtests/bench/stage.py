"""One stage alone, as a process that shows its progress at /metrics as a worker does."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping

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
