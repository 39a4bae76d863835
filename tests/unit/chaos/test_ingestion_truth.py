"""The comparison of ingestion's runs finds what it is there for: each lie is planted once, in each layer where it could be told."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.ingestion.contracts.door import Door
from services.ingestion.contracts.events import EventCollected
from services.ingestion.contracts.lake import DAY, EVENT_ID, OCCURRED_AT, OWN, REST
from services.ingestion.contracts.sources import important_rule, sources
from services.ingestion.lake_writer.domain import Columns
from shared import clock
from tests.chaos.ingestion.comparison import LAYERS, answer_findings, log_findings
from tests.chaos.ingestion.layers import is_piece
from tests.chaos.ingestion.load import CHANGED, World, ndjson
from tests.chaos.ingestion.truth import (
    CHANGES,
    COUNTED_BY,
    EDITS,
    Key,
    Row,
    as_json,
    counts,
    documents,
    event_id,
    important,
    row_values,
    rows,
)
from tests.chaos.ledger import Event, Finding, Flaw, Ledger, Record, compare

WORLD = World(7, "r")


def ledger_of_the_run() -> Ledger:
    ledger = Ledger()
    for stream, batches in enumerate(WORLD.streams(3000, 2)):
        for turn, batch in enumerate(batches):
            ledger.acknowledge(batch, stream, turn)
    return ledger


LEDGER = ledger_of_the_run()
EVENTS = LEDGER.events(EDITS) + LEDGER.events(CHANGES)


def flaws(findings: list[Finding]) -> list[Flaw]:
    return [finding.flaw for finding in findings]


def admitted(event: Event) -> EventCollected:
    return Door(sources()[event.topic], clock.now).admit(json.dumps(event.body, indent=1).encode())


def test_the_run_has_something_of_everything() -> None:
    assert {key.source for key in important(EVENTS)} == {EDITS, CHANGES}
    assert {"large-addition", "large-removal", "new-article"} <= {found.rule for found in important(EVENTS).values()}
    assert LEDGER.repeats > 100
    assert any("with space" in event.body for event in EVENTS) and any("extra_3" in event.body for event in EVENTS)
    assert not any(event.body.get("comment") == "changed since" for event in EVENTS), "the first of an id stands"
    sent = [event for stream in WORLD.streams(3000, 2) for batch in stream for event in batch]
    assert sum(event.body.get("comment") == "changed since" for event in sent) > 1000 * CHANGED * 0.2
    assert len(rows(EVENTS)) == len(documents(EVENTS)) == len(EVENTS) == 3000


def test_ids_times_and_rules_are_recomputed_as_the_door_and_the_filter_see_them() -> None:
    found = important(EVENTS)
    for event in EVENTS:
        through = admitted(event)
        key = Key(event.topic, event.event_id)
        assert (through.event_id, through.key, through.occurred_at) == (event.event_id, event.key, documents([event])[key].occurred_at)
        rule = important_rule(sources()[event.topic].important, event.body)
        assert rule == (found[key].rule if key in found else None)


def test_a_body_holds_each_event_once_however_it_is_written() -> None:
    for size in (1, 2, 3, 4):
        headers, body = ndjson(EVENTS[:size])
        text = gzip.decompress(body) if "content-encoding" in headers else body
        assert [event_id(EDITS, json.loads(line)) for line in text.splitlines()] == [event.event_id for event in EVENTS[:size]]


def in_table(events: list[Event]) -> list[tuple[Key, Row]]:
    """As lake-writer writes them and a reader of the table finds them."""
    found = []
    for source in (EDITS, CHANGES):
        columns = Columns(sources()[source].fields)
        mine = [(admitted(event), 0, offset) for offset, event in enumerate(events) if event.topic == source]
        for start in range(0, len(mine), 100):
            for row in columns.frame(mine[start : start + 100]).to_dicts():
                values = row_values(source, {name: value for name, value in row.items() if name not in OWN}, row[REST])
                at = round(row[OCCURRED_AT].timestamp() * 1_000_000)
                found.append((Key(source, row[EVENT_ID]), Row(values, at, row[DAY])))
    return found


def test_rows_are_recomputed_as_the_writer_makes_them_with_columns_that_were_never_declared() -> None:
    assert compare("table", rows(EVENTS), in_table(EVENTS)) == []


def changed_row(found: list[tuple[Key, Row]], **changes: Any) -> list[tuple[Key, Row]]:
    key, row = found[0]
    return [(key, row._replace(**changes)), *found[1:]]


ROWS = list(rows(EVENTS).items())


@pytest.mark.parametrize(
    ("lie", "flaw"),
    [
        (lambda found: found[1:], Flaw.LOST),
        (lambda found: [*found, found[0]], Flaw.DOUBLED),
        (lambda found: [*found, (Key(CHANGES, "nobody sent it"), found[0][1])], Flaw.UNEXPECTED),
        (lambda found: [*found, (Key(CHANGES, found[0][0].event_id), found[0][1])], Flaw.UNEXPECTED),
        (lambda found: changed_row(found, occurred_at=found[0][1].occurred_at + 1), Flaw.DIFFERENT),
        (lambda found: changed_row(found, day=found[0][1].day + timedelta(1)), Flaw.DIFFERENT),
        (lambda found: changed_row(found, values=found[0][1].values | {"added": -1}), Flaw.DIFFERENT),
        (lambda found: changed_row(found, values={k: v for k, v in found[0][1].values.items() if k != "page"}), Flaw.DIFFERENT),
    ],
)
def test_in_a_table_each_lie_is_found(lie: Callable[[Any], Any], flaw: Flaw) -> None:
    assert flaws(compare("table", rows(EVENTS), lie(ROWS))) == [flaw]


def test_a_value_that_became_another_type_is_found() -> None:
    typed = {"time": "2000-01-01T00:00:00Z", "new_field": "7", "count": 7}
    assert row_values(EDITS, {"new_field": "7", "count": "7"}, None) == {"new_field": "7", "count": "7"}
    assert row_values(EDITS, {}, '{"a name":"7"}') != row_values(EDITS, {}, '{"a name":[7]}')
    assert json.loads(as_json(typed)) == typed and as_json(typed) != as_json(typed | {"count": "7"})


def test_in_elasticsearch_each_lie_is_found() -> None:
    wanted = documents(EVENTS)
    stored = list(wanted.items())
    key, document = stored[0]
    assert compare("x", wanted, stored) == []
    assert flaws(compare("x", wanted, stored[1:])) == [Flaw.LOST]
    assert flaws(compare("x", wanted, [*stored, stored[5]])) == [Flaw.DOUBLED]
    other = as_json(json.loads(document.data) | {"comment": "changed since"})
    assert flaws(compare("x", wanted, [(key, document._replace(data=other)), *stored[1:]])) == [Flaw.DIFFERENT]


def test_an_important_event_too_much_too_few_twice_or_under_another_rule_is_found() -> None:
    wanted = important(EVENTS)
    found = list(wanted.items())
    key, event = found[0]
    plain = next(Key(e.topic, e.event_id) for e in EVENTS if Key(e.topic, e.event_id) not in wanted)
    assert flaws(compare("x", wanted, [*found, (plain, event)])) == [Flaw.UNEXPECTED]
    assert flaws(compare("x", wanted, found[1:])) == [Flaw.LOST]
    assert flaws(compare("x", wanted, [*found, found[0]])) == [Flaw.DOUBLED]
    assert flaws(compare("x", wanted, [(key, event._replace(rule="another")), *found[1:]])) == [Flaw.DIFFERENT]


def test_in_the_log_a_loss_and_an_event_that_nobody_sent_are_found_and_a_repeat_is_none() -> None:
    records = [Record(event.key, event.event_id) for event in EVENTS]
    entries = {entry.event.event_id: entry for source in (EDITS, CHANGES) for entry in LEDGER.entries(source)}
    records.sort(key=lambda record: entries[record.event_id].turn)
    assert log_findings(LEDGER, [*records, records[0]]) == []
    assert flaws(log_findings(LEDGER, records[1:])) == [Flaw.LOST]
    assert flaws(log_findings(LEDGER, [*records, Record("chaos-r-1", "strange")])) == [Flaw.UNEXPECTED]


class Api:
    """query-api, with a figure that is wrong."""

    def __init__(self, events: list[Event], path: str, **lies: Any) -> None:
        self._events = events
        self._path = path
        self._lies = lies

    def __call__(self, path: str, **query: Any) -> Any:
        source = path.split("/")[3]
        counted = counts(self._events, source)
        total = counted.total()
        if path.endswith("reconciliation"):
            answer: Any = {**dict.fromkeys(LAYERS, total), "missing": dict.fromkeys(LAYERS, 0), "settled": True}
        else:
            assert query["by"] == COUNTED_BY[source]
            answer = {"total": total, "items": [{"value": value, "count": count} for value, count in counted.items()]}
        return answer | self._lies if self._path in f"{path} {query.get('layer')}" else answer


def test_what_query_api_counts_wrongly_is_found_where_it_does() -> None:
    assert answer_findings(WORLD, EVENTS, Api(EVENTS, "nowhere")) == []
    assert flaws(answer_findings(WORLD, EVENTS, Api(EVENTS, f"{EDITS}/reconciliation", s3=1))) == [Flaw.DIFFERENT]
    assert flaws(answer_findings(WORLD, EVENTS, Api(EVENTS, f"{EDITS}/reconciliation", settled=False))) == [Flaw.DIFFERENT]
    (finding,) = answer_findings(WORLD, EVENTS, Api(EVENTS, f"{CHANGES}/counts hdfs", total=1))
    assert (finding.where, finding.flaw) == (f"counts of {CHANGES} in hdfs", Flaw.DIFFERENT)
    one_less = counts(EVENTS[1:], EDITS)
    assert one_less != counts(EVENTS, EDITS) and one_less - counts(EVENTS, EDITS) == Counter()


def test_lines_of_a_file_are_other_events_each_and_some_stand_there_twice() -> None:
    lines = WORLD.lines()
    taken = [next(lines) for _ in range(500)]
    assert 450 < len({event.event_id for event in taken}) < 500
    assert not {event.event_id for event in taken} & {event.event_id for event in EVENTS}


def test_the_end_of_a_line_is_a_piece_and_a_whole_line_or_another_is_none() -> None:
    written = 'one\n{"a": "Žižkov"}\n{"b": 1}\n'.encode()
    assert all(is_piece(piece.encode(), written) for piece in ('a": "Žižkov"}', '\N{REPLACEMENT CHARACTER}ižkov"}', " 1}"))
    assert not any(is_piece(piece.encode(), written) for piece in ("one", '{"b": 1}', '"b": 2}', '{"a": "Žižkov"'))
