"""The job in faust, with the cures, the guard and the tuning of shared/: SOURCE OUTPUT GROUP."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import faust

from loadtests.bench.counting.job import KEY_BYTES, PARTITIONS, Count, CountCodec, Counted, InputCodec
from shared.health import Health
from shared.settings import ServiceSettings
from shared.streams.faust_app import create_faust_app
from shared.streams.faust_worker import Background, run_faust
from shared.streams.guard import GuardedTable, Output
from shared.streams.watchdog import Watchdog
from shared.topics import Topic

TABLE = "counts"


class Counts:
    """Publishes each new count; computes nothing."""

    def __init__(self, topic: Topic[Counted]) -> None:
        self._topic = topic
        self._codec: Any = CountCodec()

    def restore(self, entries: Iterable[tuple[str, Count]]) -> None:
        pass

    def changed(self, key: str, state: Count) -> Sequence[Output]:
        return (Output(self._topic, self._codec, Counted(key, state.count)),)


def build(health: Health, settings: ServiceSettings, source: str, output: str, group: str) -> tuple[faust.App, Watchdog, Background]:
    app = create_faust_app(group, settings)
    watchdog = Watchdog(app, health)
    codec: Any = InputCodec()
    table = GuardedTable(app, TABLE, Count, PARTITIONS, Counts(Topic(output, Counted, key="key")), watchdog)
    table.add_source(
        Topic(source, Counted, key="key"),
        codec,
        lambda value: value[:KEY_BYTES].decode(),  # type: ignore[attr-defined]
        lambda state, _: Count(state.count + 1 if state else 1),
    )
    return app, watchdog, asyncio.Event().wait


if __name__ == "__main__":
    settings, names = ServiceSettings(), sys.argv[1:]
    run_faust(settings, lambda health: build(health, settings, *names))
