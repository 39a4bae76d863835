from __future__ import annotations

import json

import msgspec

from services.ingestion.contracts.sources import Condition
from services.ingestion.important_filter.domain import ImportantFilter
from tests.unit.ingestion.tickets import NOON, TICKETS, collected

SEATS = msgspec.structs.replace(TICKETS, name="seats", important={})
FILTER = ImportantFilter(
    {
        "tickets": msgspec.structs.replace(TICKETS, important=TICKETS.important | {"a crowd": {"buyer.seats": Condition(above=9)}}),
        "seats": SEATS,
    }
)


def test_an_event_that_meets_a_rule_is_found_with_the_rule_s_name_and_its_data() -> None:
    event = collected("a", price=100, film="Füße\u2028")
    state, (found,) = FILTER.transition(None, event)
    assert state is True
    assert (found.event_id, found.source, found.rule, found.occurred_at) == ("a", "tickets", "expensive", NOON)
    assert json.loads(found.data) == {"price": 100, "film": "Füße\u2028"}
    assert FILTER.transition(None, collected("b", price=5, buyer={"seats": 10}))[1][0].rule == "a crowd"


def test_an_id_that_was_found_is_not_found_again_whatever_comes_with_it() -> None:
    assert FILTER.transition(True, collected("a", price=100)) == (True, ())


def test_nothing_is_kept_of_what_is_not_important() -> None:
    for event in (collected("a", price=99), collected("a"), collected("a", "seats", price=100), collected("a", "films", price=100)):
        assert FILTER.transition(None, event) == (None, ())


def test_an_id_that_becomes_important_later_is_found_then() -> None:
    state, _ = FILTER.transition(None, collected("a", price=1))
    assert len(FILTER.transition(state, collected("a", price=100))[1]) == 1
