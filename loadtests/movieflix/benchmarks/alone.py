"""One stage alone, as a process that shows its progress as a worker does.

consume EVENTS GROUP  reads positions as the runner reads, and looks at nothing
valkey EVENTS         sends what the resume projector would send for so many positions, prepared
bulk EVENTS           sends what the analytics sink would send for so many positions, prepared
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from loadtests.bench.bulk import BATCH, resending
from loadtests.bench.stage import consuming, run_stage
from loadtests.movieflix.benchmarks.events import partitions, positions
from services.movieflix.analytics_sink.handler import AnalyticsHandler
from services.movieflix.analytics_sink.store import ElasticsearchAnalytics
from services.movieflix.contracts.events import ShowPositionReported
from services.movieflix.contracts.topics import SHOW_POSITION
from services.movieflix.resume_projector.__main__ import CATCH_UP_BATCH
from services.movieflix.resume_projector.domain import by_user_and_show
from services.movieflix.resume_projector.store import ResumeView
from shared import metrics
from shared.consumer.handler import Record
from shared.settings import ServiceSettings
from shared.stores import search, valkey
from shared.testing.partitioner import partition_of


class RecordingValkey:
    """Takes down the commands of a pipeline, in place of a client."""

    def __init__(self) -> None:
        self.commands: list[tuple[Any, ...]] = []

    def pipeline(self, transaction: bool) -> RecordingValkey:
        return self

    def __enter__(self) -> RecordingValkey:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def evalsha(self, *arguments: Any) -> None:
        self.commands.append(arguments)

    def execute(self) -> list[Any]:
        return []


def batches(events: Sequence[ShowPositionReported], size: int) -> Iterator[Sequence[ShowPositionReported]]:
    """As a consumer gets a backlog: from one partition after the other."""
    by_partition: list[list[ShowPositionReported]] = [[] for _ in range(partitions())]
    for event in events:
        by_partition[partition_of(SHOW_POSITION.key_of(event), len(by_partition))].append(event)
    for waiting in by_partition:
        yield from (waiting[start : start + size] for start in range(0, len(waiting), size))


def write_valkey(settings: ServiceSettings, number: int) -> Callable[[], None]:
    client = valkey.connect(settings.valkey)
    events = positions(number, f"valkey-{time.time_ns()}")
    prepared = []
    for batch in batches(events, CATCH_UP_BATCH):
        recording: Any = RecordingValkey()
        ResumeView(recording).apply(by_user_and_show(batch))
        prepared.append((len(batch), recording.commands))
    # The view loads its script where the server does not know it yet.
    ResumeView(client).apply(by_user_and_show(events[:1]))

    def run() -> None:
        for size, commands in prepared:
            with client.pipeline(transaction=False) as pipeline:
                for command in commands:
                    pipeline.evalsha(*command)
                pipeline.execute()
            metrics.HANDLED.labels(SHOW_POSITION.name).inc(size)

    return run


def write_bulk(settings: ServiceSettings, number: int) -> Callable[[], None]:
    events = positions(number, f"bulk-{time.time_ns()}")

    def handle(client: Any, records: Sequence[Record[Any]]) -> None:
        AnalyticsHandler(ElasticsearchAnalytics(client)).handle(records)

    return resending(search.connect(settings.elasticsearch), SHOW_POSITION.name, batches(events, BATCH), handle)


if __name__ == "__main__":
    run_stage({"consume": consuming(SHOW_POSITION.name, CATCH_UP_BATCH), "valkey": write_valkey, "bulk": write_bulk})
