"""Simulated edits are edits: the door takes each, and each is another event."""

from __future__ import annotations

import json
from itertools import islice
from random import Random

from services.ingestion.contracts.door import Door
from services.ingestion.contracts.sources import important_rule, sources
from services.ingestion.editors.domain import SOURCE, edits
from shared.clock import rising
from tests.unit.ingestion.tickets import clock


def test_every_edit_passes_the_door_with_all_fields_of_its_source_and_some_are_important() -> None:
    source = sources()[SOURCE]
    door = Door(source, clock)
    made = list(islice(edits(Random(7), rising(clock)), 3000))
    events = [door.admit(json.dumps(edit).encode()) for edit in made]
    assert {frozenset(edit) for edit in made} == {frozenset(source.fields)}
    assert len({event.event_id for event in events}) == len(made)
    assert all(edit["delta"] == edit["added"] - edit["deleted"] for edit in made)
    rules = [important_rule(source.important, edit) for edit in made]
    assert 5 < sum(rule is not None for rule in rules) < 300
    assert len({event.key for event in events}) < len(made) / 2
