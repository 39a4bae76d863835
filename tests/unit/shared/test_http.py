"""The HTTP layer on an application of no case: every answer that is not a success is a problem document."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import msgspec
import pytest
from fastapi import FastAPI, Request, Response
from starlette.testclient import TestClient

from shared.health import Health
from shared.http.app import create_app, json_response
from shared.http.bodies import Id, JsonBatch, JsonBody, Limit, PathId
from shared.http.problems import ProblemError
from shared.producer import BrokerUnavailableError
from shared.registry import RegistryUnavailableError, UnknownSchemaError
from shared.stores import StoreUnavailableError
from tests.suites.bad_input import HOSTILE_PATH_IDS, BadInput, assert_problem, bad_bodies, bad_items

LIMIT = 10_000


class TakeSeat(msgspec.Struct, forbid_unknown_fields=True):
    user_id: Id
    row: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    price: Annotated[float, msgspec.Meta(ge=0, le=1000)]
    note: str | None = None


GOOD: dict[str, Any] = {"user_id": "ada", "row": 4, "price": 12.5}
BAD = list(bad_bodies(GOOD))

ERRORS: dict[str, tuple[Exception, int]] = {
    "problem": (ProblemError(409, "the seat is taken", seat="A1"), 409),
    "store": (StoreUnavailableError("secret address"), 503),
    "broker": (BrokerUnavailableError("secret address"), 503),
    "registry": (RegistryUnavailableError("secret address"), 503),
    "unregistered": (UnknownSchemaError("secret address"), 503),
    "defect": (RuntimeError("secret address"), 500),
}


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
def client(health: Health) -> Iterator[TestClient]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    app = create_app("box-office", "Seats.", health, lifespan, body_limit=LIMIT)
    one, many = JsonBody(TakeSeat), JsonBatch(TakeSeat)

    @app.post("/v1/seats", openapi_extra=one.openapi())
    async def take(request: Request) -> Response:
        return json_response(await one.read(request), 202)

    @app.post("/v1/seats/batch", openapi_extra=many.openapi())
    async def take_many(request: Request) -> Response:
        good, bad = await many.read(request)
        return json_response({"good": good, "bad": bad}, 202)

    @app.get("/v1/seats/{user_id}")
    async def seat(user_id: PathId, limit: Limit = 5) -> Response:
        return json_response({"user_id": user_id, "limit": limit})

    @app.get("/v1/errors/{name}")
    async def fail(name: str) -> Response:
        raise ERRORS[name][0]

    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def post(client: TestClient, path: str, content: bytes | Iterator[bytes], **headers: str) -> Any:
    return client.post(path, content=content, headers={"content-type": "application/json"} | headers)


def test_a_good_body_is_taken(client: TestClient) -> None:
    answer = client.post("/v1/seats", json=GOOD)
    assert (answer.status_code, answer.json()) == (202, GOOD | {"note": None})


def test_a_content_type_with_parameters_is_json_too(client: TestClient) -> None:
    assert post(client, "/v1/seats", msgspec.json.encode(GOOD), **{"content-type": "Application/JSON; charset=utf-8"}).status_code == 202


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_a_bad_body_gets_a_problem_document(client: TestClient, bad: BadInput) -> None:
    answer = client.post("/v1/seats", content=bad.content, headers=dict(bad.headers))
    statuses = (413,) if len(bad.content) > LIMIT else bad.statuses
    assert_problem(answer.status_code, answer.headers, answer.content, statuses)


@pytest.mark.parametrize("bad", [bad for bad in BAD if bad.name.startswith("deep")], ids=lambda bad: bad.name)
@pytest.mark.parametrize("path", ["/v1/seats", "/v1/seats/batch"])
def test_deep_nesting_below_the_limit_gets_a_problem_document(client: TestClient, bad: BadInput, path: str) -> None:
    half = bad.content[: LIMIT // 2], bad.content[-(LIMIT // 2 - 10) :]
    for content in (bad.content[:LIMIT], b"".join(half), b"[" + b"".join(half) + b"]"):
        answer = post(client, path, content)
        if answer.status_code != 202:
            assert_problem(answer.status_code, answer.headers, answer.content)
        else:
            assert answer.json()["good"] == []


@pytest.mark.parametrize(("name", "item"), list(bad_items(GOOD)))
def test_a_bad_item_is_rejected_for_itself_and_the_good_ones_are_taken(client: TestClient, name: str, item: bytes) -> None:
    good = msgspec.json.encode(GOOD)
    answer = post(client, "/v1/seats/batch", b"[" + b",".join([good, item, good]) + b"]")
    if len(item) > LIMIT - 200:
        assert answer.status_code == 413
        return
    assert answer.status_code == 202, answer.text
    assert [index for index, _ in answer.json()["good"]] == [0, 2]
    assert [rejected["index"] for rejected in answer.json()["bad"]] == [1]
    assert answer.json()["bad"][0]["detail"]


@pytest.mark.parametrize("content", [b"[]", b"{}", b"null", b"[1,", b"", b"[" + b"1," * 1000 + b"1]", b"[NaN]", b"[1 2]"])
def test_a_body_that_is_no_array_of_1_to_1000_gets_a_problem_document(client: TestClient, content: bytes) -> None:
    answer = post(client, "/v1/seats/batch", content)
    assert_problem(answer.status_code, answer.headers, answer.content, (400, 422))


def chunks(size: int) -> Iterator[bytes]:
    yield from (b"x" * 1000 for _ in range(size // 1000))


@pytest.mark.parametrize("size", [LIMIT + 1000, 5_000_000])
def test_a_body_over_the_limit_gets_413_with_and_without_a_length(client: TestClient, size: int) -> None:
    for content in (b"x" * size, chunks(size)):
        answer = post(client, "/v1/seats", content)
        assert_problem(answer.status_code, answer.headers, answer.content, (413,))


def test_a_body_up_to_the_limit_is_read_in_chunks(client: TestClient) -> None:
    body = msgspec.json.encode(GOOD).ljust(LIMIT)
    assert post(client, "/v1/seats", (body[n : n + 999] for n in range(0, LIMIT, 999))).status_code == 202
    assert post(client, "/v1/seats", body + b" ").status_code == 413


@pytest.mark.parametrize("user_id", HOSTILE_PATH_IDS)
def test_a_hostile_id_in_a_path_gets_a_problem_document(client: TestClient, user_id: str) -> None:
    answer = client.get(f"/v1/seats/{user_id}")
    assert_problem(answer.status_code, answer.headers, answer.content, (404, 422))


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "x", "1.5", "NaN", "1e3", "", "9" * 400, "%00"])
def test_a_bad_parameter_gets_a_problem_document(client: TestClient, limit: str) -> None:
    answer = client.get(f"/v1/seats/ada?limit={limit}")
    assert_problem(answer.status_code, answer.headers, answer.content, (422,))


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("GET", "/v1/seats/"), ("POST", "/v1//seats")])
def test_an_unknown_path_gets_a_problem_document(client: TestClient, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert_problem(answer.status_code, answer.headers, answer.content, (404,))


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_a_method_that_a_path_does_not_have_gets_a_problem_document(client: TestClient, method: str) -> None:
    answer = client.request(method, "/v1/seats")
    assert_problem(answer.status_code, answer.headers, answer.content, (405,))
    assert answer.headers["allow"] == "POST"


@pytest.mark.parametrize("host", ["[", "a b", "x" * 3000, "[::1", "a@b:c", "\u00fc"])
def test_a_hostile_host_header_changes_nothing(client: TestClient, host: str) -> None:
    for path, status in (("/nowhere", 404), ("/v1/seats/ada", 200), ("/v1/seats/a%20b", 422)):
        answer = client.get(path, headers={b"host": host.encode()})
        assert answer.status_code == status, answer.text


@pytest.mark.parametrize("name", ERRORS)
def test_every_error_becomes_a_problem_document_that_tells_nothing_of_the_inside(client: TestClient, name: str) -> None:
    answer = client.get(f"/v1/errors/{name}")
    assert_problem(answer.status_code, answer.headers, answer.content, (ERRORS[name][1],))
    assert "secret" not in answer.text
    assert ("retry-after" in answer.headers) == (answer.status_code == 503)


def test_a_problem_carries_its_extensions(client: TestClient) -> None:
    assert client.get("/v1/errors/problem").json() == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "the seat is taken",
        "seat": "A1",
    }


def test_health_metrics_and_documentation_are_there(client: TestClient, health: Health) -> None:
    assert client.get("/health/live").status_code == client.get("/health/ready").status_code == 200
    health.add_ready("store", lambda: "away")
    assert client.get("/health/ready").status_code == 503
    assert client.get("/health/live").status_code == 200
    assert "http_request_seconds" in client.get("/metrics").text
    assert client.get("/docs").status_code == 200


def test_the_documentation_describes_bodies_and_their_fields(client: TestClient) -> None:
    calls = client.get("/openapi.json").json()["paths"]
    schema = calls["/v1/seats"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {"user_id", "row", "price", "note"}
    assert "items" in calls["/v1/seats/batch"]["post"]["requestBody"]["content"]["application/json"]["schema"]


def call_asgi(client: TestClient, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One POST by hand, for what a client library cannot be made to do."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/seats",
        "raw_path": b"/v1/seats",
    }
    scope |= {"query_string": b"", "root_path": "", "scheme": "http", "headers": [(b"content-type", b"application/json")], "client": None}
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    app: Callable[..., Any] = client.app
    asyncio.run(app(scope | {"server": ("127.0.0.1", 80)}, receive, send))
    return sent


def test_a_client_that_goes_away_within_its_body_is_no_error(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    half = [{"type": "http.request", "body": b'{"user_', "more_body": True}, {"type": "http.disconnect"}]
    assert call_asgi(client, half) == []


def test_an_endless_body_is_given_up_in_the_end(client: TestClient) -> None:
    chunk = {"type": "http.request", "body": b"x" * 1_000_000, "more_body": True}
    sent = call_asgi(client, [chunk] * 200)
    assert sent[0]["status"] == 413
    assert (b"connection", b"close") in sent[0]["headers"]
