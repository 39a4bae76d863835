"""After a run: wait until the last row has come through, recompute, and look everywhere."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from functools import partial

from infra.postgres.slots import Slot, read_slots
from services.mybank.contracts.events import AlertRaised
from shared.clock import from_rfc3339
from shared.testing import eventually
from tests.chaos import ledger
from tests.chaos.conductor import RECOVERY_DEADLINE_SECONDS
from tests.chaos.ledger import Finding, Flaw, settled
from tests.chaos.mybank import checks
from tests.chaos.mybank.audit import noted
from tests.chaos.mybank.bank import Bank
from tests.chaos.mybank.targets import Servers
from tests.chaos.mybank.truth import AlertKey, Raised, recomputed, settings_findings

LAST_ROW_WITHIN_SECONDS = 120.0


def compare(bank: Bank, servers: Servers, slots: Sequence[Slot], say: Callable[[str], None]) -> tuple[list[Finding], dict[str, float]]:
    """What is wrong, and what there was. `slots` are those from before the run."""
    bank.receiver.mend()
    # Read before all replicas are in sync, a log shows losses that are none.
    eventually(servers.in_sync, within=RECOVERY_DEADLINE_SECONDS, every=0.1)
    findings = _last_row(bank)
    logs = checks.Logs(bank.settings, bank.world.prefix)
    history, changes = logs.settings(), noted(bank.url, bank.world.prefix)
    findings += settings_findings([each for desk in bank.desks for each in desk.answered], history)
    in_topic, twice = checks.change_findings(changes, logs.changes())
    findings += in_topic + logs.dead_letters()
    versions = sum(map(len, history.values()))
    say(f"{len(changes):,} committed changes and {versions:,} versions are recomputed")
    expected = recomputed(changes, history)
    say(f"{len(expected):,} alerts must be in the log, in the lists, on the streams and at the receivers")
    findings += settled(lambda: ledger.compare("topic mybank.user-alerts", expected, checks.in_log(logs.alerts())))
    findings += _shown(bank, expected, logs.alerts())
    findings += settled(lambda: checks.slot_findings(slots, read_slots(bank.url)))
    counted = {"changes": len(changes), "twice": twice, "versions of thresholds": versions, "alerts": len(expected)}
    return findings, counted | _figures(bank)


def _last_row(bank: Bank) -> list[Finding]:
    """What is seen of a row that is booked last was seen of all before it in its partition."""
    try:
        for probe in (bank.probes.alerted, bank.probes.delivered):
            eventually(probe(), within=LAST_ROW_WITHIN_SECONDS)
    except AssertionError as error:
        return [Finding("the last row", Flaw.LOST, 1, str(error))]
    return []


def _shown(bank: Bank, expected: dict[AlertKey, Raised], alerts: Sequence[AlertRaised]) -> list[Finding]:
    """In the lists, on the streams and at the receivers."""
    users = sorted({key.user_id for key in expected} | set(bank.watchers.sent))
    sent, refused = bank.watchers.sent, bank.watchers.refused
    with_webhook = set[str]().union(*(desk.with_webhook for desk in bank.desks))
    # Of each user in the order of the log.
    in_order = {key: expected[key] for key, _ in checks.in_log(alerts) if key in expected} | expected

    def lists() -> list[Finding]:
        listed = checks.lists(bank.wallet, users)
        shown = [(user_id, item) for user_id, items in listed.items() for item in items]
        return [
            *ledger.compare("lists", expected, [checks.alert_of(*each) for each in shown]),
            *checks.id_findings("lists", alerts, shown),
            *checks.acknowledgement_findings(set(bank.watchers.acknowledged), listed),
        ]

    def letters() -> list[Finding]:
        return checks.letter_findings(in_order, list(bank.receiver.letters), with_webhook, list(bank.receiver.forged))

    findings = settled(lists) + settled(partial(checks.stream_findings, expected, sent))
    findings += checks.id_findings("streams", alerts, [(user_id, one.alert) for user_id, events in sent.items() for one in events])
    findings += [Finding("alerts-api", Flaw.UNEXPECTED, len(refused), refused[0])] if refused else []
    return findings + settled(letters, within=checks.LETTERS_WITHIN_SECONDS)


def _figures(bank: Bank) -> dict[str, float]:
    delays = sorted(
        (one.arrived_at - from_rfc3339(one.alert["committed_at"])) / 1e6 for events in bank.watchers.sent.values() for one in events
    )
    letters = {letter.webhook_id for letter in bank.receiver.letters}
    return {
        "commits whose answer was lost": sum(branch.commits_in_doubt for branch in bank.load.branches),
        "seen on streams": len(delays),
        "connections of streams": bank.watchers.connections,
        "acknowledged alerts": len(bank.watchers.acknowledged),
        "letters": len(letters),
        "letters that came again": len(bank.receiver.letters) - len(letters),
        "letters refused": bank.receiver.refused,
        "median seconds from commit to stream": round(statistics.median(delays), 3) if delays else 0.0,
        "longest": round(delays[-1], 1) if delays else 0.0,
    }
