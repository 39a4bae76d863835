"""The comparison finds what it is there for: each fault is planted once."""

from __future__ import annotations

import pytest

from tests.chaos import ledger as module
from tests.chaos.ledger import Event, Finding, Flaw, Ledger, Record, compare, compare_log, settled

TOPIC = "test.topic"


def event(number: int, key: str = "ann") -> Event:
    return Event(TOPIC, key, f"e{number}", {"number": number})


def ledger_of(*numbers: int) -> Ledger:
    """Each was acknowledged after the one before it."""
    ledger = Ledger()
    for turn, number in enumerate(numbers):
        ledger.acknowledge([event(number)], stream=0, turn=turn)
    return ledger


def flaws(findings: list[Finding]) -> list[Flaw]:
    return [finding.flaw for finding in findings]


STORED = {f"e{number}": number for number in range(5)}


def test_what_stands_there_as_it_was_acknowledged_is_no_finding() -> None:
    assert compare("store", STORED, STORED.items()) == []


def test_a_planted_loss_is_found_and_named() -> None:
    (finding,) = compare("store", STORED, [item for item in STORED.items() if item[0] != "e3"])
    assert finding == Finding("store", Flaw.LOST, 1, "e3: 3")
    assert str(finding) == "store: 1 lost, for example e3: 3"


def test_a_planted_double_is_found_and_named() -> None:
    (finding,) = compare("store", STORED, [*STORED.items(), ("e3", 3)])
    assert finding == Finding("store", Flaw.DOUBLED, 1, "e3: 3")


def test_other_content_and_what_nobody_sent_are_found() -> None:
    assert flaws(compare("store", STORED, (STORED | {"e3": 4}).items())) == [Flaw.DIFFERENT]
    assert flaws(compare("store", STORED, (STORED | {"e9": 9}).items())) == [Flaw.UNEXPECTED]


def test_content_may_be_the_same_by_a_rule_of_the_callers_own() -> None:
    assert compare("sums", {"a": 0.3}, [("a", 0.1 + 0.2)], lambda one, other: abs(one - other) < 1e-9) == []


def test_each_finding_counts_its_places() -> None:
    (finding,) = compare("store", STORED, [])
    assert (finding.flaw, finding.count) == (Flaw.LOST, 5)


def test_a_log_may_hold_an_event_twice_since_its_readers_count_once() -> None:
    records = [Record("ann", f"e{number}") for number in (0, 1, 0, 1, 2)]
    assert compare_log("topic", ledger_of(0, 1, 2).entries(TOPIC), records) == []


def test_a_loss_planted_in_a_log_is_found() -> None:
    (finding,) = compare_log("topic", ledger_of(0, 1, 2).entries(TOPIC), [Record("ann", "e0"), Record("ann", "e2")])
    assert finding == Finding("topic", Flaw.LOST, 1, "e1")


def test_events_of_one_key_in_another_order_than_they_were_acknowledged_are_found() -> None:
    records = [Record("ann", f"e{number}") for number in (0, 2, 1)]
    assert flaws(compare_log("topic", ledger_of(0, 1, 2).entries(TOPIC), records)) == [Flaw.MISORDERED]


def test_the_order_of_events_that_were_acknowledged_together_is_nobodys_promise() -> None:
    ledger = Ledger()
    ledger.acknowledge([event(0), event(1)], stream=0, turn=0)
    assert compare_log("topic", ledger.entries(TOPIC), [Record("ann", "e1"), Record("ann", "e0")]) == []


def test_an_event_under_another_key_is_found() -> None:
    assert flaws(compare_log("topic", ledger_of(0).entries(TOPIC), [Record("bob", "e0")])) == [Flaw.DIFFERENT]


def test_the_first_content_of_an_event_counts_and_repeats_are_told() -> None:
    ledger = ledger_of(0)
    ledger.acknowledge([Event(TOPIC, "ann", "e0", {"number": 99})], stream=0, turn=1)
    assert [entry.body["number"] for entry in ledger.events(TOPIC)] == [0]
    assert (len(ledger), ledger.repeats) == (1, 1)


def test_who_does_not_answer_yet_is_asked_again_and_whoever_never_does_is_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_AGAIN_SECONDS", 0.01)
    answers = iter([ConnectionError("not now"), [Finding("view", Flaw.LOST, 1, "e1")], []])

    def check() -> list[Finding]:
        answer = next(answers)
        if isinstance(answer, ConnectionError):
            raise answer
        return answer

    assert settled(check) == [] and next(answers, None) is None

    def away() -> list[Finding]:
        raise ConnectionError("never")

    with pytest.raises(ConnectionError, match="never"):
        settled(away, within=0.05)


@pytest.mark.parametrize("topic", [TOPIC, "test.other"])
def test_ids_are_of_a_topic_each(topic: str) -> None:
    ledger = ledger_of(0)
    ledger.acknowledge([Event("test.other", "ann", "e0", {})], stream=0, turn=1)
    assert len(ledger.events(topic)) == 1
