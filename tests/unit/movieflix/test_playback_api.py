"""playback-api in-process, on a broker in memory: what it takes, what it refuses, and that what it refuses leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import schemathesis
from fastapi import FastAPI
from schemathesis.python import asgi
from starlette.testclient import TestClient

from services.movieflix.contracts.topics import CASE_DIR, SHOW_POSITION, SHOW_RATING
from services.movieflix.playback_api.app import playback_api
from shared.clock import to_rfc3339
from shared.contracts import load_contracts
from shared.registry import InMemorySchemaRegistry
from shared.serialization import codec_factory
from shared.testing import InMemoryBroker, InMemoryPublisher
from tests.suites.bad_input import BadInput, assert_problem, bad_bodies, bad_items
from tests.suites.openapi_fuzz import fuzz

NOW = 1_767_225_600_000_000
POSITION: dict[str, Any] = {
    "user_id": "ada",
    "show_id": "metropolis",
    "device_id": "tv",
    "position_seconds": 10.5,
    "duration_seconds": 9180.0,
    "occurred_at": "2025-12-31T23:59:59Z",
    "event_id": "e-1",
}
RATING: dict[str, Any] = {
    "user_id": "ada",
    "show_id": "metropolis",
    "rating": 4.5,
    "occurred_at": "2025-12-31T23:59:59Z",
    "event_id": "e-1",
}
OPTIONAL = ("occurred_at", "event_id")
GOOD = {"/v1/positions": POSITION, "/v1/ratings": RATING}


class Case:
    """The service and what stands behind it."""

    def __init__(self) -> None:
        self.broker = InMemoryBroker()
        registry = InMemorySchemaRegistry()
        contracts = load_contracts(CASE_DIR)
        for topic in (SHOW_POSITION, SHOW_RATING):
            self.broker.create_topic(topic.name, 6)
            registry.register(f"{topic.name}-value", contracts.schema(topic.name).schema)
        self.codec = codec_factory(CASE_DIR, registry)
        self.app: FastAPI = playback_api(lambda: InMemoryPublisher(self.broker, "playback-api"), self.codec, lambda: NOW)

    def published(self) -> list[Any]:
        return [self.codec(topic).decode(m.value()) for topic in (SHOW_POSITION, SHOW_RATING) for m in self.broker.records(topic.name)]


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.fixture
def client(case: Case) -> Iterator[TestClient]:
    with TestClient(case.app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(("path", "good"), GOOD.items())
def test_what_is_taken_is_in_the_log_with_its_id_and_time(client: TestClient, case: Case, path: str, good: dict[str, Any]) -> None:
    answer = client.post(path, json=good)
    assert (answer.status_code, answer.json()) == (202, {"event_id": "e-1"})
    (event,) = case.published()
    published = msgspec.to_builtins(event)
    assert published | {"occurred_at": to_rfc3339(event.occurred_at)} == good


@pytest.mark.parametrize(("path", "good"), GOOD.items())
def test_without_id_and_time_it_gets_a_new_id_and_the_time_of_now(client: TestClient, case: Case, path: str, good: dict[str, Any]) -> None:
    for absent in ({}, {"occurred_at": None, "event_id": None}):
        answer = client.post(path, json={k: v for k, v in good.items() if k not in OPTIONAL} | absent)
        assert answer.status_code == 202
    first, second = case.published()
    assert first.event_id != second.event_id
    assert {first.occurred_at, second.occurred_at} == {NOW}


BAD = [(path, bad) for path, good in GOOD.items() for bad in bad_bodies(good, OPTIONAL)]


@pytest.mark.parametrize(("path", "bad"), BAD, ids=lambda value: getattr(value, "name", value))
def test_bad_input_gets_a_problem_document_and_leaves_nothing(client: TestClient, case: Case, path: str, bad: BadInput) -> None:
    answer = client.post(path, content=bad.content, headers=dict(bad.headers))
    assert_problem(answer.status_code, answer.headers, answer.content, bad.statuses)
    assert case.published() == []


@pytest.mark.parametrize(("path", "good"), GOOD.items())
def test_bad_items_of_a_batch_are_rejected_one_by_one_and_the_good_ones_are_in_the_log_in_order(
    client: TestClient, case: Case, path: str, good: dict[str, Any]
) -> None:
    bad = [content for _, content in bad_items(good, OPTIONAL)]
    items: list[bytes] = []
    for number, content in enumerate(bad):
        items += [msgspec.json.encode(good | {"event_id": f"e-{number}"}), content]
    answer = client.post(f"{path}/batch", content=b"[" + b",".join(items) + b"]", headers={"content-type": "application/json"})
    assert answer.status_code == 202, answer.text
    assert answer.json()["accepted"] == len(bad)
    assert [item["index"] for item in answer.json()["rejected"]] == list(range(1, 2 * len(bad), 2))
    assert all(item["detail"] for item in answer.json()["rejected"])
    assert [event.event_id for event in case.published()] == [f"e-{number}" for number in range(len(bad))]


@pytest.mark.parametrize("path", GOOD)
def test_a_batch_of_bad_items_only_is_answered_and_leaves_nothing(client: TestClient, case: Case, path: str) -> None:
    answer = client.post(f"{path}/batch", json=[{}, 1, None])
    assert (answer.status_code, answer.json()["accepted"], len(answer.json()["rejected"])) == (202, 0, 3)
    assert case.published() == []


@pytest.mark.parametrize(("path", "good"), GOOD.items())
def test_a_batch_has_1_to_1000_items(client: TestClient, case: Case, path: str, good: dict[str, Any]) -> None:
    for size in (0, 1001):
        answer = client.post(f"{path}/batch", json=[good] * size)
        assert_problem(answer.status_code, answer.headers, answer.content, (422,))
    assert case.published() == []
    assert client.post(f"{path}/batch", json=[good] * 1000).json() == {"accepted": 1000, "rejected": []}
    assert len(case.published()) == 1000


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"position_seconds": 9181.0}, 202),
        ({"position_seconds": 9181.001}, 422),
        ({"position_seconds": 0}, 202),
        ({"position_seconds": -0.0}, 202),
        ({"duration_seconds": 0}, 422),
        ({"occurred_at": "2026-01-01T00:05:00Z"}, 202),
        ({"occurred_at": "2026-01-01T00:05:00.000001Z"}, 422),
        ({"occurred_at": "2026-01-01T02:05:00+02:00"}, 202),
        ({"occurred_at": "1970-01-01T00:00:00Z"}, 202),
    ],
)
def test_the_rules_of_a_position_at_their_edges(client: TestClient, change: dict[str, Any], status: int) -> None:
    assert client.post("/v1/positions", json=POSITION | change).status_code == status


@pytest.mark.parametrize(("rating", "status"), [(0.5, 202), (5, 202), (0, 422), (5.5, 422), (0.75, 422), (4.500001, 422)])
def test_a_rating_is_half_a_star_to_five(client: TestClient, rating: float, status: int) -> None:
    assert client.post("/v1/ratings", json=RATING | {"rating": rating}).status_code == status


@pytest.mark.parametrize("path", [*GOOD, *(f"{path}/batch" for path in GOOD)])
def test_without_a_broker_the_answer_is_503_with_retry_after_and_nothing_is_half_done(client: TestClient, case: Case, path: str) -> None:
    case.broker.reachable = False
    good = GOOD[path.removesuffix("/batch")]
    answer = client.post(path, json=[good] if path.endswith("batch") else good)
    assert_problem(answer.status_code, answer.headers, answer.content, (503,))
    assert answer.headers["retry-after"]
    assert path.endswith("batch") or answer.json()["event_id"] == "e-1"
    assert client.get("/health/ready").status_code == 503
    assert client.get("/health/live").status_code == 200
    case.broker.reachable = True
    assert case.published() == []
    assert client.get("/health/ready").status_code == 200


def test_no_request_that_the_openapi_describes_or_denies_makes_a_5xx(case: Case) -> None:
    with asgi.get_client(case.app) as session:
        schema = schemathesis.openapi.from_asgi("/openapi.json", case.app)
        tested = fuzz(schema, lambda request: request.call(session=session), examples=20)
    assert set(tested) == {f"POST {path}{suffix}" for path in GOOD for suffix in ("", "/batch")}
