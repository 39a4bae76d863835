"""The topics, typed. Partitions, retention and schemas stand in topics.yaml."""

from __future__ import annotations

from pathlib import Path

from services.ingestion.contracts.events import EventCollected, FileLineRead, ImportantEventFound
from shared.topics import Topic

CASE_DIR = Path(__file__).parents[1]

EVENTS = Topic("ingestion.events", EventCollected, "key")
FILE_LINES = Topic("ingestion.file-lines", FileLineRead, "line")
IMPORTANT_EVENTS = Topic("ingestion.important-events", ImportantEventFound, "event_id")
IMPORTANT_FILTER_STATES = "ingestion-important-filter-states-changelog"
