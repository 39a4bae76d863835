"""A worker and a stage that handles some events every few milliseconds, and shows it at /metrics."""

from __future__ import annotations

import time
from collections.abc import Callable

from loadtests.bench.stage import run_stage
from shared import metrics
from shared.health import Health, serve_health
from shared.settings import ServiceSettings

SECONDS = 60.0


def count(settings: ServiceSettings, events: int, *arguments: str) -> Callable[[], None]:
    def run() -> None:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            metrics.HANDLED.labels("films").inc(10)
            time.sleep(0.004)

    return run


if __name__ == "__main__":
    settings = ServiceSettings()
    if settings.name == "counting-stage":  # as a service is started
        serve_health(Health(), settings.host, settings.port)
        count(settings, 0)()
    run_stage({"count": count})
