"""Alerts over HTTP: the list, the stream with its resume, acknowledgements; and the views' suite in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from services.mybank.alerts_api.app import _messages, alerts_api
from services.mybank.alerts_api.domain import place_after
from services.mybank.alerts_projector.handler import AlertHandler
from services.mybank.contracts.events import AlertAcknowledged, AlertRaised
from services.mybank.contracts.topics import ALERT_ACKNOWLEDGEMENTS, CASE_DIR
from shared.consumer.handler import Record
from shared.contracts import load_contracts
from shared.health import Health
from shared.http.access import AccessTokens, Keys
from shared.registry import InMemorySchemaRegistry
from shared.serialization import AvroCodec
from shared.testing import InMemoryBroker, InMemoryPublisher
from tests.fakes.alerts import InMemoryAlerts
from tests.fakes.skipping_loop import run_skipping
from tests.suites.alerts_suite import AlertsSuite

NOW = 1_793_000_000_000_000
TOKENS = AccessTokens(Keys({"k": b"k" * 32}), "mybank", lambda: NOW)


@pytest.fixture
def store() -> InMemoryAlerts:
    return InMemoryAlerts()


class TestInMemoryAlerts(AlertsSuite):
    """All of the suite."""


def raised(number: int, user: str = "ada") -> AlertRaised:
    later = number * 1_000_000
    return AlertRaised(f"alert-{number}", user, number, "large", 1, "debit", "10.00", "EUR", "10.00", None, NOW, NOW, NOW + later)


def project(store: InMemoryAlerts, *numbers: int) -> None:
    handler = AlertHandler(_Writer(store))
    handler.handle([Record("t", 0, number, None, raised(number)) for number in numbers])


class _Writer:
    def __init__(self, store: InMemoryAlerts) -> None:
        self.add = store.add
        self.acknowledge = store.acknowledge_all


@pytest.fixture
def broker() -> InMemoryBroker:
    broker = InMemoryBroker()
    broker.create_topic(ALERT_ACKNOWLEDGEMENTS.name)
    return broker


def codec() -> AvroCodec[AlertAcknowledged]:
    registry = InMemorySchemaRegistry()
    spec = load_contracts(CASE_DIR).schema(ALERT_ACKNOWLEDGEMENTS.name)
    registry.register(spec.subject, spec.schema)
    return AvroCodec(ALERT_ACKNOWLEDGEMENTS, spec.schema, registry)


@pytest.fixture
def client(store: InMemoryAlerts, broker: InMemoryBroker) -> Iterator[TestClient]:
    app = alerts_api(store, lambda: InMemoryPublisher(broker), codec(), TOKENS, lambda: NOW, Health())
    with TestClient(app, raise_server_exceptions=False) as client:
        client.headers["authorization"] = f"Bearer {TOKENS.issue('ada', 60)}"
        yield client


PATH = "/v1/users/ada/alerts"


def listed(client: TestClient, **query: Any) -> list[str]:
    answer = client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    return [item["alert_id"] for item in answer.json()["items"]]


def test_the_list_is_newest_first_and_goes_on_before_an_alert_or_a_time(client: TestClient, store: InMemoryAlerts) -> None:
    project(store, 1, 2, 3)
    assert listed(client) == ["alert-3", "alert-2", "alert-1"]
    assert listed(client, limit=1) == ["alert-3"]
    assert listed(client, before="alert-3", limit=1) == ["alert-2"]
    raised_at = client.get(PATH).json()["items"][1]["raised_at"]
    assert listed(client, before=raised_at) == ["alert-1"]


def test_an_alert_has_every_field_of_the_contract(client: TestClient, store: InMemoryAlerts) -> None:
    project(store, 1)
    (item,) = client.get(PATH).json()["items"]
    wanted = "alert_id transaction_id threshold_id threshold_version amount currency total booked_at raised_at acknowledged_at"
    assert set(wanted.split()) <= item.keys()


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"before": "yesterday"}, {"before": "x" * 65}])
def test_a_bad_query_is_refused(client: TestClient, query: dict[str, Any]) -> None:
    assert client.get(PATH, params=query).status_code == 422


def test_an_acknowledgement_is_in_the_log_and_in_the_list_and_the_first_stands(
    client: TestClient, store: InMemoryAlerts, broker: InMemoryBroker
) -> None:
    project(store, 1)
    answer = client.post(f"{PATH}/alert-1/acknowledge")
    assert answer.status_code == 200
    assert client.post(f"{PATH}/alert-1/acknowledge").json() == answer.json()
    assert client.get(PATH).json()["items"] == [answer.json()]
    assert answer.json()["acknowledged_at"] is not None
    (record,) = broker.records(ALERT_ACKNOWLEDGEMENTS.name)
    assert codec().decode(record.value()).alert_id == "alert-1"


def test_what_is_not_there_cannot_be_acknowledged(client: TestClient) -> None:
    assert client.post(f"{PATH}/alert-1/acknowledge").status_code == 404


def test_while_the_log_is_away_nothing_is_acknowledged(client: TestClient, store: InMemoryAlerts, broker: InMemoryBroker) -> None:
    project(store, 1)
    broker.reachable = False
    assert client.post(f"{PATH}/alert-1/acknowledge").status_code == 503
    assert client.get(PATH).json()["items"][0]["acknowledged_at"] is None


def test_while_the_store_is_away_it_says_so(client: TestClient, store: InMemoryAlerts) -> None:
    store.away = True
    assert client.get(PATH).status_code == 503


CALLS = [("GET", PATH), ("GET", f"{PATH}/stream"), ("POST", f"{PATH}/alert-1/acknowledge")]


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_another_user_and_nobody_are_refused(client: TestClient, store: InMemoryAlerts, method: str, path: str) -> None:
    project(store, 1)
    stranger = {"authorization": f"Bearer {TOKENS.issue('ben', 60)}"}
    for headers, status in ((stranger, 403), ({"authorization": ""}, 401)):
        answer = client.request(method, path, headers=headers)
        assert answer.status_code == status
        assert "large" not in answer.text


def test_a_last_event_id_that_is_none_is_refused(client: TestClient) -> None:
    assert client.get(f"{PATH}/stream", headers={"last-event-id": "yesterday"}).status_code == 422


def streamed(message: bytes) -> tuple[int, str]:
    fields = dict(line.split(": ", 1) for line in message.decode().strip().split("\n"))
    return int(fields["id"]), json.loads(fields["data"])["alert_id"]


async def following(messages: AsyncGenerator[bytes, None], count: int) -> list[tuple[int, str]]:
    return [streamed(await asyncio.wait_for(anext(messages), 5)) for _ in range(count)]


def test_the_stream_resumes_with_nothing_missed_and_nothing_twice(store: InMemoryAlerts) -> None:
    async def run() -> None:
        until = asyncio.get_running_loop().time() + 60
        project(store, 1, 2)
        first = _messages(store, "ada", -1, until)
        assert await anext(first) == b"id: -1\n\n"
        assert await following(first, 2) == [(1, "alert-1"), (2, "alert-2")]
        await first.aclose()
        project(store, 2, 3)
        second = _messages(store, "ada", 2, until)
        assert await anext(second) == b"id: 2\n\n"
        assert await following(second, 1) == [(3, "alert-3")]
        waiting = asyncio.ensure_future(following(second, 1))
        await asyncio.sleep(0)
        project(store, 4)
        assert await waiting == [(4, "alert-4")]
        await second.aclose()

    asyncio.run(run())


def test_a_stream_that_broke_before_its_first_alert_resumes_where_it_began(store: InMemoryAlerts) -> None:
    async def run() -> None:
        until = asyncio.get_running_loop().time() + 60
        broken = _messages(store, "ada", -1, until)
        place = place_after((await anext(broken)).decode().strip().removeprefix("id: "))
        await broken.aclose()
        project(store, 0, 1)
        assert place is not None
        resumed = _messages(store, "ada", place, until)
        await anext(resumed)
        assert await following(resumed, 2) == [(0, "alert-0"), (1, "alert-1")]
        await resumed.aclose()

    asyncio.run(run())


def test_the_stream_outlives_a_store_that_is_away(store: InMemoryAlerts) -> None:
    async def run() -> None:
        project(store, 1)
        store.away = True
        messages = _messages(store, "ada", 0, asyncio.get_running_loop().time() + 60)
        await anext(messages)
        waiting = asyncio.ensure_future(following(messages, 1))
        await asyncio.sleep(0.05)
        store.away = False
        assert await waiting == [(1, "alert-1")]
        await messages.aclose()

    run_skipping(run())


def test_the_stream_ends_with_its_token(store: InMemoryAlerts) -> None:
    async def run() -> None:
        messages = _messages(store, "ada", -1, asyncio.get_running_loop().time() + 0.05)
        await anext(messages)
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(messages), 5)

    run_skipping(run())
