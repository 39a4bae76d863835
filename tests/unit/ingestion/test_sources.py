"""What sources.yaml may say, and when an event is important."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from services.ingestion.contracts.sources import Condition, SourcesError, at, important_rule, load_sources, sources

ENTRY: dict[str, Any] = {"name": "tickets", "about": "Tickets", "time": "time", "fields": {"film": "string", "seat": "integer"}}


def loaded(*entries: dict[str, Any]) -> Any:
    return load_sources(msgspec.yaml.encode({"sources": list(entries)}).decode())


def test_those_of_this_case_can_be_read() -> None:
    assert {"wikipedia-edits", "wikimedia-recentchange"} <= sources().keys()


def test_sources_are_found_by_name() -> None:
    assert list(loaded(ENTRY, ENTRY | {"name": "seats"})) == ["tickets", "seats"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": "Tickets"}, "name 'Tickets'"),
        ({"name": "tickets_2"}, "name 'tickets_2'"),
        ({"name": "-tickets"}, "name '-tickets'"),
        ({"name": "tickets\n"}, "name"),
        ({"name": ""}, "name ''"),
        ({"name": "t" * 65}, "64 at most"),
        ({"fields": {"a b": "string"}}, "'a b' can be no column"),
        ({"fields": {"_rest": "string"}}, "'_rest' can be no column"),
        ({"fields": {"film": "string", "Film": "string"}}, "differ in case only"),
        ({"fields": {"film": "text"}}, "sources.yaml"),
        ({"search": ["seat"]}, "search names 'seat'"),
        ({"search": ["nothing"]}, "search names 'nothing'"),
        ({"important": {"late": {}}}, "the rule 'late'"),
        ({"important": {"late": {"seat": {}}}}, "the rule 'late'"),
        ({"important": {"late": {"seat": {"is": None}}}}, "the rule 'late'"),
        ({"important": {"late": {"seat": {"over": 1}}}}, "over"),
        ({"kye": "film"}, "kye"),
        ({"time": None}, "time"),
    ],
)
def test_what_cannot_be_is_told_with_its_entry(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(SourcesError, match=r"^sources\.yaml") as error:
        loaded(ENTRY | change)
    assert reason in str(error.value)


@pytest.mark.parametrize("text", ["", "sources:", "sources: 1", "tickets: {}", "sources: [{}]", "- a", "{", "sources: [1]"])
def test_what_is_no_list_of_sources_is_told(text: str) -> None:
    with pytest.raises(SourcesError, match=r"^sources\.yaml"):
        load_sources(text)


def test_a_name_twice_is_refused() -> None:
    with pytest.raises(SourcesError, match="a name twice"):
        loaded(ENTRY, ENTRY)


@pytest.mark.parametrize(
    ("condition", "holding", "failing"),
    [
        (Condition(equals="log"), ["log"], ["Log", None, ["log"], {"log": 1}, 1, True]),
        (Condition(equals=1), [1, 1.0], [True, "1", 2, None]),
        (Condition(equals=0), [0], [False, "", None]),
        (Condition(equals=True), [True], [1, "true", False, None]),
        (Condition(above=10), [11, 10.5, 10**400], [10, True, "11", None, [11]]),
        (Condition(below=0), [-1, -0.5, -(10**400)], [0, False, "-1", None]),
        (Condition(above=0, below=2), [1], [0, 2, True]),
        (Condition(equals=5, above=1), [5], [6, None]),
        (Condition(equals=5, above=5), [], [5]),
    ],
)
def test_a_condition_holds_of_values_of_its_own_type_only(condition: Condition, holding: list[Any], failing: list[Any]) -> None:
    assert [value for value in [*holding, *failing] if condition.holds(value)] == holding


def test_a_place_is_found_through_objects_only() -> None:
    data = {"a": {"b": {"c": 1}}, "l": [{"b": 1}], "a.b": 2}
    assert [at(data, place) for place in ("a.b.c", "a.b", "a.x.c", "l.b", "l.0", "x", "a.b.c.d")] == [
        1,
        {"c": 1},
        None,
        None,
        None,
        None,
        None,
    ]


def test_the_first_rule_whose_conditions_all_hold_is_named() -> None:
    rules = {
        "large": {"size": Condition(above=10), "bot": Condition(equals=False)},
        "log": {"meta.kind": Condition(equals="log")},
    }
    assert important_rule(rules, {"size": 11, "bot": False, "meta": {"kind": "log"}}) == "large"
    assert important_rule(rules, {"size": 11, "meta": {"kind": "log"}}) == "log"
    assert important_rule(rules, {"size": 11}) is None
