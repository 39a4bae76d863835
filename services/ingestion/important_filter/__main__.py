"""important-filter: which events should somebody look at now?

Reads: ingestion.events.
Writes: ingestion.important-events, and the ids that it found to a compacted topic, in one transaction with its offsets.
Guarantee: exactly once to readers of committed records, whoever is killed; an id seen again is not found again.
Left out: forgetting ids: each takes some 150 bytes of memory, so a rule that most events meet is no rule for this service.
"""

from __future__ import annotations

from services.ingestion.contracts.events import EventCollectedCodec, ImportantEventFound
from services.ingestion.contracts.sources import sources
from services.ingestion.contracts.stores import document_id
from services.ingestion.contracts.topics import CASE_DIR, EVENTS, IMPORTANT_EVENTS, IMPORTANT_FILTER_STATES
from services.ingestion.important_filter.domain import ImportantFilter
from shared.registry import SchemaRegistry
from shared.serialization import codec_factory
from shared.settings import ServiceSettings
from shared.streams.processor import Place, Processor
from shared.worker import run_processor

GROUP = "ingestion-important-filter"


def important_filter(registry: SchemaRegistry) -> Processor:
    codec = codec_factory(CASE_DIR, registry)
    return Processor(
        Place(EVENTS.name, EventCollectedCodec(), lambda event: document_id(event.source, event.event_id).encode()),
        bool,
        ImportantFilter(sources()).transition,
        {ImportantEventFound: Place(IMPORTANT_EVENTS.name, codec(IMPORTANT_EVENTS), IMPORTANT_EVENTS.key_of)},
    )


def main() -> None:
    run_processor(GROUP, ServiceSettings(), important_filter, IMPORTANT_FILTER_STATES)


if __name__ == "__main__":
    main()
