"""Thresholds and webhooks over HTTP, on a log in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from starlette.testclient import TestClient

from services.mybank.contracts.events import UserSettingsChanged
from services.mybank.contracts.topics import CASE_DIR, USER_SETTINGS, USER_WEBHOOKS
from services.mybank.settings_api import domain
from services.mybank.settings_api.app import settings_api
from services.mybank.settings_api.domain import MOST_THRESHOLDS, MOST_VERSIONS
from services.mybank.settings_api.store import Journal, Kept
from shared.clock import from_rfc3339, rising
from shared.contracts import load_contracts
from shared.health import Health
from shared.http.access import AccessTokens, Keys
from shared.http.public_addresses import Destinations
from shared.registry import InMemorySchemaRegistry
from shared.serialization import AvroCodec
from shared.streams.transactions import Transactions
from shared.testing import InMemoryBroker, InMemoryStateLog, InMemoryTransactions, eventually
from shared.topics import Topic
from tests.suites.bad_input import assert_problem, bad_bodies

NOW = 1_793_000_000_000_000
TOKENS = AccessTokens(Keys({"k": b"k" * 32}), "mybank", lambda: NOW)
PUT: dict[str, Any] = {"direction": "debit", "amount": "1000", "currency": "EUR"}
ADA = {"authorization": f"Bearer {TOKENS.issue('ada', 60)}"}


class Log:
    """A broker with the two topics, and what opens journals over it."""

    def __init__(self) -> None:
        self.broker = InMemoryBroker()
        for topic in (USER_SETTINGS, USER_WEBHOOKS):
            self.broker.create_topic(topic.name, 2)
        self.registry = InMemorySchemaRegistry()
        for schema in load_contracts(CASE_DIR).schemas:
            self.registry.register(schema.subject, schema.schema)
        self.ended = threading.Event()
        self.clock = rising(lambda: NOW)

    def codec(self, topic: Topic[Any]) -> AvroCodec[Any]:
        return AvroCodec(topic, load_contracts(CASE_DIR).schema(topic.name).schema, self.registry)

    def journal(self) -> Journal:
        kept = [
            Kept(topic, self.codec(topic), InMemoryStateLog(self.broker, topic.name), range(2), nothing)
            for topic, nothing in ((USER_SETTINGS, domain.no_settings), (USER_WEBHOOKS, domain.no_webhook))
        ]
        return Journal(Transactions(InMemoryTransactions(self.broker, "settings")), kept, self.clock, self.ended.set)

    def settings(self) -> list[UserSettingsChanged]:
        return [self.codec(USER_SETTINGS).decode(message.value()) for message in self.broker.records(USER_SETTINGS.name)]


async def resolve(host: str, port: int) -> Sequence[str]:
    return ["10.0.0.1"] if host.startswith("inside") else ["93.184.215.14"]


def client_of(log: Log) -> TestClient:
    return TestClient(settings_api(log.journal, TOKENS, Destinations(["inside-allowed"], resolve), Health()), raise_server_exceptions=False)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def client(log: Log) -> Iterator[TestClient]:
    with client_of(log) as client:
        client.headers.update(ADA)
        eventually(lambda: client.get("/health/ready").status_code == 200)
        yield client


PATH = "/v1/users/ada/thresholds"


def test_a_threshold_is_in_the_log_when_it_is_answered(client: TestClient, log: Log) -> None:
    answer = client.put(f"{PATH}/large", json=PUT | {"window_hours": 24})
    assert answer.status_code == 200
    document = answer.json()
    assert document | {"effective_from": ""} == PUT | {
        "threshold_id": "large",
        "version": 1,
        "amount": "1000.00",
        "window_hours": 24,
        "effective_from": "",
        "ended": False,
    }
    (version,) = log.settings()[-1].versions
    assert version.effective_from == from_rfc3339(document["effective_from"])
    assert client.get(PATH).json() == {"items": [document]}


def test_versions_rise_and_none_is_lost(client: TestClient, log: Log) -> None:
    for amount in ("1000", "500"):
        client.put(f"{PATH}/large", json=PUT | {"amount": amount})
    assert client.delete(f"{PATH}/large").json()["ended"]
    client.put(f"{PATH}/large", json=PUT)
    versions = log.settings()[-1].versions
    assert [(v.version, v.amount, v.ended) for v in versions] == [
        (1, "1000.00", False),
        (2, "500.00", False),
        (3, "500.00", True),
        (4, "1000.00", False),
    ]
    times = [v.effective_from for v in versions]
    assert times == sorted(set(times))


def test_the_same_again_is_no_new_version(client: TestClient, log: Log) -> None:
    first = client.put(f"{PATH}/large", json=PUT).json()
    records = len(log.settings())
    assert client.put(f"{PATH}/large", json=PUT | {"amount": "1000.0"}).json() == first
    assert len(log.settings()) == records


def test_what_was_set_is_acknowledged_once_more_before_the_time_is_taken(client: TestClient, log: Log) -> None:
    """The reader's proof rests on it: the record before is in the log when the version's time is taken."""
    client.put(f"{PATH}/large", json=PUT)
    client.put(f"{PATH}/large", json=PUT | {"amount": "5"})
    assert [record.revision for record in log.settings()] == [0, 1, 1, 2]


def test_a_new_process_knows_everything_and_ends_the_old_one(client: TestClient, log: Log) -> None:
    client.put(f"{PATH}/large", json=PUT)
    client.put("/v1/users/ada/webhook", json={"url": "https://hooks.example.com", "secret": "s"})
    with client_of(log) as successor:
        successor.headers.update(ADA)
        eventually(lambda: successor.get("/health/ready").status_code == 200)
        assert [item["threshold_id"] for item in successor.get(PATH).json()["items"]] == ["large"]
        assert successor.put(f"{PATH}/large", json=PUT | {"amount": "2"}).json()["version"] == 2
        assert client.put(f"{PATH}/large", json=PUT | {"amount": "3"}).status_code == 503
        assert log.ended.wait(5)
        assert successor.delete("/v1/users/ada/webhook").status_code == 200


def test_while_the_log_is_away_nothing_is_answered_and_then_it_is(client: TestClient, log: Log) -> None:
    log.broker.reachable = False
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(client.put(f"{PATH}/large", json=PUT).status_code))
    asking.start()
    eventually(lambda: client.get("/health/ready").status_code == 503)
    assert answers == []
    log.broker.reachable = True
    asking.join(20)
    assert answers == [200]
    assert [v.version for v in log.settings()[-1].versions] == [1]


BAD = [
    *({"amount": amount} for amount in ("0", "0.00", "-1", "1.005", "1e3", "", "NaN", 1000)),
    *({"currency": currency} for currency in ("eur", "EURO", "XYZ", "", 978)),
    *({"window_hours": hours} for hours in (0, 721, -1, 1.5, "24")),
    *({"direction": direction} for direction in ("both", "", None)),
    {"limit": 1},
]


@pytest.mark.parametrize("wrong", BAD)
def test_a_bad_threshold_is_refused(client: TestClient, log: Log, wrong: dict[str, Any]) -> None:
    answer = client.put(f"{PATH}/large", json=PUT | wrong)
    assert_problem(answer.status_code, answer.headers, answer.content, (422,))
    assert log.settings() == []


@pytest.mark.parametrize("bad", list(bad_bodies(PUT)), ids=lambda bad: bad.name)
def test_hostile_bodies_get_a_problem_document(client: TestClient, log: Log, bad: Any) -> None:
    answer = client.put(f"{PATH}/large", content=bad.content, headers=list(bad.headers))
    assert_problem(answer.status_code, answer.headers, answer.content, bad.statuses)
    assert log.settings() == []


def test_what_is_not_there_cannot_be_ended(client: TestClient) -> None:
    assert client.delete(f"{PATH}/large").status_code == 404
    assert client.delete("/v1/users/ada/webhook").status_code == 404


def test_thresholds_and_changes_are_bounded(client: TestClient) -> None:
    for number in range(MOST_THRESHOLDS):
        assert client.put(f"{PATH}/t{number}", json=PUT).status_code == 200
    assert client.put(f"{PATH}/one-more", json=PUT).status_code == 422
    for number in range(MOST_VERSIONS - MOST_THRESHOLDS):
        assert client.put(f"{PATH}/t0", json=PUT | {"amount": f"{number + 1}.5"}).status_code == 200
    assert client.put(f"{PATH}/t0", json=PUT).status_code == 429


def test_versions_that_no_transaction_needs_any_more_are_dropped(client: TestClient, log: Log) -> None:
    client.put(f"{PATH}/large", json=PUT)
    client.put(f"{PATH}/week", json=PUT)
    client.put(f"{PATH}/large", json=PUT | {"amount": "2"})
    client.put(f"{PATH}/gone", json=PUT)
    client.delete(f"{PATH}/gone")
    log.clock = rising(lambda: NOW + 91 * 24 * 3600 * 1_000_000)
    with client_of(log) as later:
        later.headers.update(ADA)
        eventually(lambda: later.get("/health/ready").status_code == 200)
        later.put(f"{PATH}/large", json=PUT | {"amount": "3"})
    assert [(v.threshold_id, v.version) for v in log.settings()[-1].versions] == [("week", 1), ("large", 2), ("large", 3)]


@pytest.mark.parametrize("url", ["http://hooks.example.com", "https://inside.example.com", "ftp://x", "https://", 7])
def test_a_webhook_that_leads_inside_is_refused(client: TestClient, log: Log, url: Any) -> None:
    answer = client.put("/v1/users/ada/webhook", json={"url": url, "secret": "s"})
    assert_problem(answer.status_code, answer.headers, answer.content, (422,))
    assert list(log.broker.records(USER_WEBHOOKS.name)) == []


@pytest.mark.parametrize("url", ["https://hooks.example.com/x", "http://inside-allowed:9999/x"])
def test_a_webhook_is_taken_and_its_secret_never_shown(client: TestClient, url: str) -> None:
    answer = client.put("/v1/users/ada/webhook", json={"url": url, "secret": "hush"})
    assert answer.json() == {"url": url, "revision": 1}


WEBHOOK = "/v1/users/ada/webhook"
CALLS = [("PUT", f"{PATH}/large"), ("DELETE", f"{PATH}/large"), ("GET", PATH), ("PUT", WEBHOOK), ("DELETE", WEBHOOK)]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_another_user_and_nobody_are_refused(client: TestClient, log: Log, method: str, path: str) -> None:
    stranger = {"authorization": f"Bearer {TOKENS.issue('ben', 60)}"}
    assert client.request(method, path, headers=stranger, json=PUT).status_code == 403
    assert client.request(method, path, headers={"authorization": ""}, json=PUT).status_code == 401
    assert log.settings() == []
