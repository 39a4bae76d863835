"""The comparison of MyBank's runs finds what it is there for: each fault is planted once, in each place where it could be."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest

from infra.postgres.slots import Slot
from services.mybank.contracts.events import AlertRaised, ThresholdVersion, UserSettingsChanged
from services.mybank.notifier.domain import signature as notifier_signature
from tests.chaos.ledger import Finding, Flaw, compare
from tests.chaos.mybank import checks
from tests.chaos.mybank.receiver import signature
from tests.chaos.mybank.truth import AlertKey, Raised, histories, recomputed, settings_findings
from tests.chaos.mybank.watchers import _messages
from tests.chaos.mybank.world import SECRET
from tests.unit.chaos.sound_bank import EXPECTED, NOON, USERS, as_json, changes, in_topic, letters, raised, sent, versions


def flaws(findings: list[Finding]) -> list[Flaw]:
    return [finding.flaw for finding in findings]


def in_log(alerts: list[AlertRaised]) -> list[Finding]:
    return compare("log", EXPECTED, checks.in_log(alerts))


def test_the_recomputation_has_alerts_of_every_kind() -> None:
    assert {(key.threshold_id, value.version) for key, value in EXPECTED.items()} == {("large", 1), ("large", 2), ("day", 1)}
    assert in_log(raised()) == []


def test_a_missed_alert_a_double_and_a_wrong_version_in_the_log_are_found() -> None:
    alerts = raised()
    assert flaws(in_log(alerts[1:])) == [Flaw.LOST]
    assert flaws(in_log([*alerts, alerts[0]])) == [Flaw.DOUBLED]
    large = next(number for number, alert in enumerate(alerts) if alert.threshold_id == "large")
    wrong = msgspec.structs.replace(alerts[large], threshold_version=3 - alerts[large].threshold_version)
    (finding,) = in_log([*alerts[:large], wrong, *alerts[large + 1 :]])
    assert finding.flaw is Flaw.DIFFERENT and "version=1" in finding.example and "version=2" in finding.example
    strange = msgspec.structs.replace(alerts[0], transaction_id=99)
    assert flaws(in_log([*alerts, strange])) == [Flaw.UNEXPECTED]


def test_a_commit_more_or_less_makes_other_alerts() -> None:
    """So what the audit does not know would be found: here, of the rows that raised something."""
    made = changes()
    raising = {key.transaction_id for key in EXPECTED}
    places = [place for place, noted in enumerate(made) if noted.id in raising and not noted.deleted]
    others = [place for place in places if recomputed(made[:place] + made[place + 1 :], versions()) != EXPECTED]
    assert len(others) > len(places) // 2


def test_on_a_stream_a_gap_a_double_and_a_step_back_are_found() -> None:
    alerts = raised()
    assert checks.stream_findings(EXPECTED, sent(alerts)) == []
    assert checks.stream_findings(EXPECTED, {"ada": sent(alerts)["ada"]}) == [], "not everybody watches"
    assert flaws(checks.stream_findings(EXPECTED, sent(alerts[:-1]))) == [Flaw.LOST]
    resumed_too_early = sent(alerts)
    resumed_too_early["ada"].append(resumed_too_early["ada"][-1])
    assert flaws(checks.stream_findings(EXPECTED, resumed_too_early)) == [Flaw.DOUBLED, Flaw.MISORDERED]


def test_a_watcher_takes_whole_messages_only_and_a_place_without_an_alert() -> None:
    async def chunks() -> AsyncIterator[str]:
        for chunk in (": connected\n\nid: -1\n\nid: 7\nevent: al", 'ert\ndata: {"a": 1}\n', "\nid: 8\ndata: cut o"):
            yield chunk

    async def read() -> list[dict[str, str]]:
        return [fields async for fields in _messages(chunks())]

    assert asyncio.run(read()) == [{"id": "-1"}, {"id": "7", "event": "alert", "data": '{"a": 1}'}]


def test_of_letters_a_loss_another_id_another_order_and_a_forgery_are_found_and_a_repeat_is_none() -> None:
    alerts, everybody = raised(), set(USERS)
    received = letters(alerts)
    assert checks.letter_findings(EXPECTED, [*received, received[0]], everybody) == []
    assert checks.letter_findings(EXPECTED, letters([a for a in alerts if a.user_id == "ada"]), {"ada"}) == []
    assert flaws(checks.letter_findings(EXPECTED, received[1:], everybody)) == [Flaw.LOST]
    again = received[0]._replace(webhook_id="another")
    assert flaws(checks.letter_findings(EXPECTED, [*received, again], everybody)) == [Flaw.DOUBLED, Flaw.DIFFERENT]
    assert flaws(checks.letter_findings(EXPECTED, received[::-1], everybody)) == [Flaw.MISORDERED]
    assert flaws(checks.letter_findings(EXPECTED, received, everybody, ["forged"])) == [Flaw.DIFFERENT]


def test_the_receiver_reckons_the_signature_as_the_notifier_does() -> None:
    assert signature("id", "1793000000", b"{}") == notifier_signature(SECRET, "id", 1_793_000_000, b"{}")


def test_an_alert_that_bears_another_id_than_in_the_log_is_found() -> None:
    alerts = raised()
    shown = [(alert.user_id, as_json(alert)) for alert in alerts]
    assert checks.id_findings("lists", alerts, shown) == []
    shown[0] = (shown[0][0], shown[0][1] | {"alert_id": "another"})
    assert flaws(checks.id_findings("lists", alerts, shown)) == [Flaw.DIFFERENT]


def test_an_acknowledgement_that_is_forgotten_is_found() -> None:
    items = [as_json(alert) for alert in raised() if alert.user_id == "ada"]
    seen = {"ada": [items[0] | {"acknowledged_at": "2026-01-01T00:00:00Z"}, *items[1:]]}
    assert checks.acknowledgement_findings([("ada", items[0]["alert_id"])], seen) == []
    assert flaws(checks.acknowledgement_findings([("ada", items[1]["alert_id"])], seen)) == [Flaw.LOST]


def test_in_the_topic_of_changes_a_repeat_is_skipped_and_a_loss_a_change_and_another_order_are_found() -> None:
    made, records = changes(), in_topic(changes())
    assert checks.change_findings(made, records) == ([], 0)
    assert checks.change_findings(made, [*records[:10], *records[5:]]) == ([], 5)
    assert flaws(checks.change_findings(made, records[1:])[0]) != []
    assert Flaw.LOST in flaws(checks.change_findings(made, records[:-1])[0])
    another = msgspec.structs.replace(records[3], cents=1)
    assert flaws(checks.change_findings(made, [*records[:3], another, *records[4:]])[0]) == [Flaw.DIFFERENT]
    first, second = [n for n, record in enumerate(records) if record.user_id == "ada" and record.transaction_id in (0, 1, 2, 3, 4, 5)][:2]
    swapped = list(records)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    assert flaws(checks.change_findings(made, swapped)[0]) == [Flaw.MISORDERED]


def test_settings_that_were_answered_are_in_the_history_and_nothing_is_there_twice() -> None:
    history = versions()
    answered = [(user, version) for user, of_user in history.items() for version in of_user]
    assert settings_findings(answered, history) == []
    assert settings_findings([], history) == [], "a call whose answer was lost may have been carried out"
    ada = history["ada"]
    assert Flaw.LOST in flaws(settings_findings(answered, {**history, "ada": ada[1:]}))
    later = replace(ada[0], since=NOON + 7)
    assert flaws(settings_findings(answered, {**history, "ada": [later, *ada[1:]]})) == [Flaw.DIFFERENT]
    again = replace(ada[3], number=2, since=NOON + 9)
    assert flaws(settings_findings(answered, {**history, "ada": [*ada, again]})) == [Flaw.DOUBLED]


def test_the_history_is_the_last_record_of_each_user() -> None:
    def record(*numbers: int) -> UserSettingsChanged:
        said = [ThresholdVersion("large", n, "debit", f"{n}.00", "EUR", None, NOON + n, False) for n in numbers]
        return UserSettingsChanged("e", "ada", len(said), said, NOON)

    assert [version.number for version in histories([record(1), record(1, 2)])["ada"]] == [1, 2]


SLOT = Slot("mybank_transactions", True, "reserved", 1000, 2000, 10**9)


@pytest.mark.parametrize(
    ("after", "flaw"),
    [
        ([SLOT], []),
        ([], [Flaw.LOST]),
        ([Slot("another", True, "reserved", 0, 0, None)], [Flaw.UNEXPECTED, Flaw.LOST]),
        ([Slot(SLOT.name, False, "lost", 0, 0, None)], [Flaw.DIFFERENT]),
        ([Slot(SLOT.name, True, "reserved", 10**8, 10**8, None)], [Flaw.DIFFERENT]),
    ],
)
def test_a_slot_that_is_gone_lost_or_far_behind_is_found(after: list[Slot], flaw: list[Flaw]) -> None:
    assert flaws(checks.slot_findings([SLOT], after)) == flaw


def test_keys_and_contents_are_compared_whole() -> None:
    key, value = next(iter(EXPECTED.items()))
    assert compare("x", {key: value}, [(AlertKey(*key), Raised(value.version, value.total + 1))])[0].flaw is Flaw.DIFFERENT
