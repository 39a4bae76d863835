"""Which events are important: the rules of their source, each event once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from services.ingestion.contracts.events import EventCollected, ImportantEventFound
from services.ingestion.contracts.sources import Source, important_rule


class ImportantFilter:
    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._rules = {name: source.important for name, source in sources.items()}
        self._decode = msgspec.json.Decoder().decode

    def transition(self, found: bool | None, event: EventCollected) -> tuple[bool | None, Sequence[ImportantEventFound]]:
        """The state of an event's id: True once it was found. Nothing is kept of events that are not important."""
        rules = self._rules.get(event.source)
        if found or not rules:
            return found, ()
        try:
            rule = important_rule(rules, self._decode(event.data))
        except msgspec.ValidationError:  # a number that nothing here can hold, of a writer that did not go through the door
            rule = None
        if rule is None:
            return found, ()
        data = bytes(event.data).decode()
        return True, [ImportantEventFound(event.event_id, event.source, rule, data, event.occurred_at)]
