"""line-intake: which lines of a file are events?

Reads: ingestion.file-lines, which Kafka Connect's file connector writes; what source a line is of stands in its header `source`.
Writes: ingestion.events, through the same door as ingest-api.
Guarantee: at-least-once, and since an event's id is its content's, or its own, once to every reader. What the door refuses is in the
dead letters with the reason; so are pieces of lines: the connector notes its place in characters and finds it in bytes, so that, started
again, it begins too early by what they differ, in the middle of a line.
Left out: files that change in their middle: the connector reads on from where it was.
"""

from __future__ import annotations

from services.ingestion.contracts.sources import sources
from services.ingestion.contracts.topics import FILE_LINES
from services.ingestion.line_intake.handler import FileLineCodec, IntakeHandler
from shared import clock
from shared.blocking_producer import BlockingProducer
from shared.settings import ServiceSettings
from shared.worker import run_projector

GROUP = "ingestion-line-intake"


def main() -> None:
    settings = ServiceSettings()
    run_projector(
        GROUP,
        settings,
        lambda _: {FILE_LINES.name: FileLineCodec()},
        lambda _: IntakeHandler(sources(), BlockingProducer("line-intake", settings.kafka.client()), clock.now),
    )


if __name__ == "__main__":
    main()
