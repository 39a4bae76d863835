"""`_bulk` alone: the requests of a sink are taken down while nobody measures, then sent by its bare client."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

from elasticsearch import Elasticsearch

from shared import metrics
from shared.consumer.handler import Record

BATCH = 2000
"""As the runner reads for the sinks."""


class RecordingElasticsearch:
    """Takes down the bodies of `_bulk`, in place of a client, and calls everything written."""

    def __init__(self) -> None:
        self.requests: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def perform_request(self, *arguments: Any, **named: Any) -> Any:
        self.requests.append((arguments, named))
        return SimpleNamespace(body={"items": [{"create": {"status": 201}}] * (named["body"].count(b"\n") // 2)})


def resending(
    client: Elasticsearch, topic: str, batches: Iterable[Sequence[Any]], handle: Callable[[Any, Sequence[Record[Any]]], object]
) -> Callable[[], None]:
    """A stage's work: what `handle`, which is given a client, would send for these events."""
    counted = metrics.HANDLED.labels(topic)
    prepared = []
    for batch in batches:
        recording = RecordingElasticsearch()
        handle(recording, [Record(topic, 0, i, None, event) for i, event in enumerate(batch)])
        prepared.append((len(batch), recording.requests))

    def run() -> None:
        for size, requests in prepared:
            for arguments, named in requests:
                client.perform_request(*arguments, **named)
            counted.inc(size)

    return run
