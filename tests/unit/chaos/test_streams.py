"""Events of a run are sent in nearly the order in which they happened; repeats and changes come when a batch has been acknowledged."""

from __future__ import annotations

import random

import pytest

from tests.chaos.ledger import Event
from tests.chaos.streams import BATCH, CHANGED_AFTER, REPEATED, SHUFFLED_WITHIN, Stream

NUMBER = 5000


def change(event: Event) -> Event:
    return Event(event.topic, event.key, event.event_id, {"changed": True})


@pytest.fixture
def sent() -> list[Event]:
    stream = Stream(random.Random(7), changed=0.1)
    for number in range(NUMBER):
        topic = "films" if number % 3 else "seats"
        stream.add(Event(topic, "key", f"{number}", {}), change if topic == "films" else None)
    batches = list(stream.batches(("seats", "films")))
    assert all(0 < len(batch) <= BATCH and len({event.topic for event in batch}) == 1 for batch in batches)
    return [event for batch in batches for event in batch]


def test_everything_is_sent_near_its_place(sent: list[Event]) -> None:
    first: dict[str, int] = {}
    for place, event in enumerate(sent):
        first.setdefault(event.event_id, place)
    assert len(first) == NUMBER
    order = sorted(first, key=lambda name: first[name])
    # A batch is sorted by topic, so an event may move by two of them.
    assert max(abs(place - int(name)) for place, name in enumerate(order)) <= SHUFFLED_WITHIN + 2 * BATCH
    assert order != sorted(order, key=int)


def test_some_are_sent_again_as_they_were(sent: list[Event]) -> None:
    repeats = sum(not event.body for event in sent) - NUMBER
    assert NUMBER * REPEATED / 2 < repeats < NUMBER * REPEATED * 2


def test_what_may_change_is_sent_changed_behind_the_acknowledgement_of_the_first(sent: list[Event]) -> None:
    changed = {event.event_id: place for place, event in enumerate(sent) if event.body}
    assert 200 < len(changed) < 500
    assert {sent[place].topic for place in changed.values()} == {"films"}
    first = {event.event_id: place for place, event in reversed(list(enumerate(sent)))}
    # At its end the stream thins out: places are no longer events there.
    full = [name for name in changed if int(name) < NUMBER - 2 * CHANGED_AFTER]
    assert min(changed[name] - first[name] for name in full) > BATCH
