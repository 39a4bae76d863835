"""Each place where changes and alerts can be seen, against the recomputation: topics, lists, streams, letters, the slot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import httpx

from infra.postgres.slots import Slot
from services.mybank.contracts.bank_transactions import BankTransactions
from services.mybank.contracts.events import AlertRaised, BankTransactionChanged
from services.mybank.contracts.topics import BANK_TRANSACTIONS, CASE_DIR, USER_ALERTS, USER_SETTINGS
from shared.contracts import load_contracts
from shared.registry import HttpSchemaRegistry
from shared.serialization import codec_factory
from shared.settings import ServiceSettings, service_url
from tests.chaos.ledger import Finding, Flaw, compare
from tests.chaos.mybank.audit import Noted
from tests.chaos.mybank.receiver import Letter
from tests.chaos.mybank.truth import AlertKey, Histories, Raised, histories
from tests.chaos.mybank.watchers import Sent
from tests.chaos.mybank.world import Wallet
from tests.integration.real_cluster import RealCluster

LETTERS_WITHIN_SECONDS = 150.0
"""Twice the longest pause after failed attempts, and some."""
SMALL_BACKLOG_BYTES = 1_000_000
"""A heartbeat moves the slot each five seconds: what is behind then is what was written since."""

Found = Iterable[tuple[AlertKey, Raised]]


class Logs:
    """What committed records of the run's users say."""

    def __init__(self, settings: ServiceSettings, prefix: str) -> None:
        registry = HttpSchemaRegistry(settings.registry)
        codec = codec_factory(CASE_DIR, registry)
        self._cluster = RealCluster(settings.kafka.client())
        self._prefix = prefix
        self._codecs: dict[str, Any] = {
            BANK_TRANSACTIONS.name: BankTransactions(registry),
            USER_SETTINGS.name: codec(USER_SETTINGS),
            USER_ALERTS.name: codec(USER_ALERTS),
        }

    def settings(self) -> Histories:
        return histories(self._read(USER_SETTINGS.name))

    def alerts(self) -> list[AlertRaised]:
        return self._read(USER_ALERTS.name)

    def changes(self) -> list[BankTransactionChanged]:
        return self._read(BANK_TRANSACTIONS.name)

    def dead_letters(self) -> list[Finding]:
        findings = []
        for topic in (topic.name for topic in load_contracts(CASE_DIR).topics if topic.kind == "dead-letters"):
            buried = [m for m in self._cluster.records(topic) if (m.key() or b"").decode().startswith(self._prefix)]
            if buried:
                findings.append(Finding(f"topic {topic}", Flaw.UNEXPECTED, len(buried), str(buried[0].headers())))
        return findings

    def _read(self, topic: str) -> list[Any]:
        codec = self._codecs[topic]
        ours = (m for m in self._cluster.records(topic) if (m.key() or b"").decode().startswith(self._prefix))
        return [codec.decode(message.value()) for message in ours]


def change_findings(expected: Iterable[Noted], records: Iterable[BankTransactionChanged]) -> tuple[list[Finding], int]:
    """The topic as a reader sees it that skips what it knows: each change once, those of a user in order. And how often it skips."""
    wanted = _numbered((noted.user_id, noted.id, noted[2:]) for noted in expected)
    known: dict[int, int] = {}
    fresh, repeated = [], 0
    for record in records:
        if record.position <= known.get(record.transaction_id, -1):
            repeated += 1
            continue
        known[record.transaction_id] = record.position
        content = (record.deleted, record.direction, Decimal(record.cents) / 100, record.currency, record.booked_at)
        fresh.append((record.user_id, record.transaction_id, content))
    found = _numbered(fresh)
    where = f"topic {BANK_TRANSACTIONS.name}"
    findings = compare(where, dict(wanted), found)
    # Where something is missing, the order says nothing more.
    return findings or _order(where, (key for key, _ in wanted), (key for key, _ in found)), repeated


def _numbered(changes: Iterable[tuple[str, int, Any]]) -> list[tuple[tuple[str, int, int], Any]]:
    """Under user, row and which change of the row it is."""
    times: dict[int, int] = defaultdict(int)
    numbered = []
    for user_id, row, content in changes:
        times[row] += 1
        numbered.append(((user_id, row, times[row]), content))
    return numbered


def _order(where: str, wanted: Iterable[tuple[Any, ...]], found: Iterable[tuple[Any, ...]]) -> list[Finding]:
    """Of keys that begin with a user: those of each are in the order that is wanted."""

    def by_user(keys: Iterable[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
        users: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for key in keys:
            users[key[0]].append(key)
        return users

    theirs = by_user(found)
    others = [user_id for user_id, keys in by_user(wanted).items() if theirs[user_id] != keys]
    return [Finding(where, Flaw.MISORDERED, len(others), f"what is of {others[0]}")] if others else []


def in_log(alerts: Iterable[AlertRaised]) -> Found:
    return [(AlertKey(a.user_id, a.transaction_id, a.threshold_id), Raised(a.threshold_version, Decimal(a.total))) for a in alerts]


def alert_of(user_id: str, alert: Mapping[str, Any]) -> tuple[AlertKey, Raised]:
    """As the list, the stream and a letter show it."""
    return AlertKey(user_id, alert["transaction_id"], alert["threshold_id"]), Raised(alert["threshold_version"], Decimal(alert["total"]))


def id_findings(where: str, alerts: Iterable[AlertRaised], found: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Finding]:
    """What is shown (by user) bears the ids of the log."""
    ids = {AlertKey(a.user_id, a.transaction_id, a.threshold_id): a.event_id for a in alerts}
    shown = [(alert_of(user_id, alert)[0], alert["alert_id"]) for user_id, alert in found]
    others = [f"{key} bears {alert_id}" for key, alert_id in shown if ids.get(key, alert_id) != alert_id]
    return [Finding(where, Flaw.DIFFERENT, len(others), f"{others[0]}, another id than in the log")] if others else []


def stream_findings(expected: Mapping[AlertKey, Raised], sent: Mapping[str, Sequence[Sent]]) -> list[Finding]:
    """Every alert of those who watch, once over all connections, at places that rise."""
    watched = {key: raised for key, raised in expected.items() if key.user_id in sent}
    findings = compare("streams", watched, [alert_of(user_id, one.alert) for user_id, events in sent.items() for one in events])
    back = [user_id for user_id, events in sent.items() if any(b.place <= a.place for a, b in pairwise(events))]
    return findings + [Finding("streams", Flaw.MISORDERED, len(back), f"the places of {user_id}") for user_id in back[:1]]


def letter_findings(
    expected: Mapping[AlertKey, Raised], letters: Iterable[Letter], users: set[str], forged: Sequence[str] = ()
) -> list[Finding]:
    """Every alert of those who have a webhook, in the order of `expected`; a letter that came again bears the same id and says the same."""
    wanted = {key: raised for key, raised in expected.items() if key.user_id in users}
    first: dict[tuple[str, bytes], Mapping[str, Any]] = {}
    for letter in letters:
        first.setdefault((letter.webhook_id, letter.body), letter.data)
    found = [alert_of(data["user_id"], data) for data in first.values()]
    findings = compare("letters", wanted, found) or _order("letters", wanted, (key for key, _ in found))
    strange = [webhook_id for (webhook_id, _), data in first.items() if data["alert_id"] != webhook_id]
    for flawed, what in ((strange, "bears another id than its alert"), (list(forged), "is signed wrongly")):
        if flawed:
            findings.append(Finding("letters", Flaw.DIFFERENT, len(flawed), f"{flawed[0]} {what}"))
    return findings


def acknowledgement_findings(acknowledged: Iterable[tuple[str, str]], listed: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Finding]:
    """What was answered once stays so."""
    expected = dict.fromkeys(acknowledged, True)
    seen = [((user_id, a["alert_id"]), True) for user_id, items in listed.items() for a in items if a["acknowledged_at"] is not None]
    return compare("acknowledgements", expected, [item for item in seen if item[0] in expected])


def slot_findings(before: Sequence[Slot], after: Sequence[Slot]) -> list[Finding]:
    """The same slots, none lost, each read and with little behind it."""
    findings = compare("replication slots", {slot.name: "kept" for slot in before}, [(slot.name, "kept") for slot in after])
    bad = [slot.line for slot in after if slot.lost or not slot.active or slot.behind > SMALL_BACKLOG_BYTES]
    return findings + [Finding("replication slots", Flaw.DIFFERENT, len(bad), line) for line in bad[:1]]


def lists(wallet: Wallet, users: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """By user, as alerts-api shows them. Raises ConnectionError."""
    with httpx.Client(base_url=service_url("mybank", "alerts-api"), timeout=20, trust_env=False) as http:
        found = {}
        for user_id in users:
            answer = http.get(f"/v1/users/{user_id}/alerts", params={"limit": 1000}, headers=wallet.headers(user_id))
            if not answer.is_success:
                raise ConnectionError(f"the list of {user_id}: {answer.status_code} {answer.text[:200]}")
            found[user_id] = answer.json()["items"]
        return found
