"""Bad input of every kind to every API of the case, over real HTTP: a problem document with 4xx, never a 5xx, nothing in a topic."""

from __future__ import annotations

import errno
import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from services.movieflix.contracts.topics import CASE_DIR
from shared.contracts import load_contracts
from tests.conftest import Stack
from tests.integration.real_cluster import RealCluster
from tests.suites.bad_input import HOSTILE_PARAMETERS, HOSTILE_PATH_IDS, assert_problem, bad_bodies, bad_items
from tests.suites.openapi_fuzz import ENDLESS, OPERATION, fuzz, openapi

APIS = ("playback-api", "resume-api", "recommendations-api", "catalog-api", "analytics-api", "web-page")

_ENDS = {"occurred_at": "2026-01-01T00:00:00Z", "event_id": "e-1"}
_POSITION = {"user_id": "ada", "show_id": "metropolis", "device_id": "tv", "position_seconds": 10.5, "duration_seconds": 9180.0} | _ENDS
_RATING = {"user_id": "ada", "show_id": "metropolis", "rating": 4.5} | _ENDS
_SHOW = {"title": "Metropolis", "genres": ["Drama"], "year": 1927, "runtime_minutes": 153}

BODIES: dict[str, dict[str, Any]] = {
    "POST /v1/positions": _POSITION,
    "POST /v1/ratings": _RATING,
    "PUT /v1/shows/{show_id}": _SHOW,
}
BATCHES: dict[str, dict[str, Any]] = {
    "POST /v1/positions/batch": _POSITION,
    "POST /v1/ratings/batch": _RATING,
    "POST /v1/shows/batch": _SHOW | {"show_id": "metropolis"},
}
OPTIONAL = ("occurred_at", "event_id", "year", "runtime_minutes")
FREE_TEXT = ("title",)


@pytest.fixture(scope="module", params=APIS)
def api(request: pytest.FixtureRequest, stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.url("movieflix", request.param), timeout=60, trust_env=False) as client:
        try:
            client.get("/health/live")
        except httpx.TransportError:
            if stack.own:
                raise
            pytest.skip(f"{request.param} is not running")
        yield client


@pytest.fixture(scope="module")
def document(api: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/openapi.json").json()
    return found


@pytest.fixture(autouse=True)
def nothing_is_left_in_a_topic(stack: Stack, cluster: RealCluster) -> Iterator[None]:
    """What an API writes, and all dead letters: their ends after each test are those of before."""
    topics = [t.name for t in load_contracts(CASE_DIR).topics if t.kind == "dead-letters" or any(p.endswith("-api") for p in t.producers)]
    before = cluster.end_offsets(topics)
    yield
    assert cluster.end_offsets(topics) == before


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if not path.startswith(OPERATION) and not path.endswith(ENDLESS):
                yield method.upper(), path, operation


def test_every_bad_body_gets_a_problem_document(api: httpx.Client, document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        if "requestBody" not in operation:
            continue
        name = f"{method} {path}"
        assert name in BODIES | BATCHES, f"{name} is new: give it a good body here, from which the bad ones are made"
        if name in BODIES:
            for bad in bad_bodies(BODIES[name], OPTIONAL, FREE_TEXT):
                answer = api.request(method, path.format(show_id="a"), content=bad.content, headers=dict(bad.headers))
                assert answer.status_code in bad.statuses, f"{name}, {bad.name}: {answer.status_code} {answer.text[:300]}"
                assert_problem(answer.status_code, answer.headers, answer.content, bad.statuses)


def test_bad_items_are_rejected_one_by_one(api: httpx.Client, document: dict[str, Any]) -> None:
    for method, path, _ in operations(document):
        if good := BATCHES.get(f"{method} {path}"):
            bad = [content for _, content in bad_items(good, OPTIONAL, FREE_TEXT)]
            answer = api.request(method, path, content=b"[" + b",".join(bad) + b"]", headers={"content-type": "application/json"})
            assert answer.status_code == 202, answer.text
            assert answer.json()["accepted"] == 0
            assert [item["index"] for item in answer.json()["rejected"]] == list(range(len(bad)))
            for content in (b"[]", b"{}", b"[1,", b"[" + b"1," * 1000 + b"1]", b"[" * 100_000):
                answer = api.request(method, path, content=content, headers={"content-type": "application/json"})
                assert_problem(answer.status_code, answer.headers, answer.content, (400, 422))
            answer = api.request(method, path, content=b"[" + b"1," * 10_000_000 + b"1]", headers={"content-type": "application/json"})
            assert_problem(answer.status_code, answer.headers, answer.content, (413,))


def test_a_hostile_id_gets_a_problem_document_wherever_it_stands(api: httpx.Client, document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        places = [parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "path"]
        for place in places:
            for hostile in HOSTILE_PATH_IDS:
                target = path.format(**{name: hostile if name == place else "a" for name in places})
                body = {"json": BODIES[f"{method} {path}"]} if f"{method} {path}" in BODIES else {}
                answer = api.request(method, target, **body)
                assert_problem(answer.status_code, answer.headers, answer.content, (404, 422))


def test_a_hostile_parameter_makes_no_5xx(api: httpx.Client, document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        places = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "path"]
        for parameter in operation.get("parameters", ()):
            if parameter["in"] != "query":
                continue
            for hostile in HOSTILE_PARAMETERS:
                answer = api.request(method, f"{path.format(**dict.fromkeys(places, 'a'))}?{parameter['name']}={hostile}")
                where = f"{path} {parameter['name']}={hostile[:40]}: {answer.status_code} {answer.text[:200]}"
                assert answer.status_code < 500, where
                if answer.status_code >= 400:
                    assert_problem(answer.status_code, answer.headers, answer.content)


def test_no_question_that_the_openapi_describes_or_denies_makes_a_5xx(api: httpx.Client, document: dict[str, Any]) -> None:
    questions = {path: {"get": methods["get"]} for path, methods in document["paths"].items() if "get" in methods}
    schema = openapi(document | {"paths": questions})

    def ask(case: Any) -> Any:
        return case.call(base_url=str(api.base_url).rstrip("/"))

    tested = fuzz(schema, ask, examples=10)
    assert len(tested) == sum(not path.startswith(OPERATION) and not path.endswith(ENDLESS) for path in questions)


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("DELETE", "/v1/positions"), ("PUT", "/"), ("POST", "/openapi.json")])
def test_what_is_not_there_gets_a_problem_document(api: httpx.Client, method: str, path: str) -> None:
    answer = api.request(method, path)
    assert_problem(answer.status_code, answer.headers, answer.content, (404, 405))


def test_the_page_passes_refusals_on(stack: Stack) -> None:
    with httpx.Client(base_url=f"{stack.url('movieflix', 'web-page')}/api", timeout=60, trust_env=False) as page:
        if page.get("/viewers").status_code != 200:
            pytest.skip("the page is not running")
        for bad in bad_bodies(_POSITION, OPTIONAL):
            answer = page.post("/playback/v1/positions", content=bad.content, headers=dict(bad.headers))
            assert_problem(answer.status_code, answer.headers, answer.content, bad.statuses)
        for hostile in HOSTILE_PATH_IDS:
            for path in (f"/resume/v1/users/{hostile}/continue-watching", f"/{hostile}/v1/users", f"/catalog/v1/{hostile}"):
                answer = page.get(path)
                assert_problem(answer.status_code, answer.headers, answer.content, (400, 404, 422))


RAW = {
    "no HTTP at all": b"\x16\x03\x01\x02\x00\r\n\r\n",
    "bytes in the path": b"GET /v1/users/\xff\xfe/profile HTTP/1.1\r\nhost: a\r\n\r\n",
    "a hostile host": b"GET /nowhere HTTP/1.1\r\nhost: [\r\n\r\n",
    "no host": b"GET /nowhere HTTP/1.1\r\n\r\n",
    "a negative length": b"POST /v1/positions HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
    "two lengths": b"POST /v1/positions HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    "broken chunks": b"POST /v1/positions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    "a huge header": b"GET /nowhere HTTP/1.1\r\nhost: a\r\nx: " + b"x" * 200_000 + b"\r\n\r\n",
    "a huge path": b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\nhost: a\r\n\r\n",
}


@pytest.mark.parametrize("name", RAW)
def test_what_is_hardly_http_gets_a_4xx_or_a_closed_connection(api: httpx.Client, name: str) -> None:
    with socket.create_connection((api.base_url.host, api.base_url.port or 80), timeout=60) as connection:
        answer = b""
        try:
            # Who has heard enough closes while the rest is still being sent.
            with suppress(ConnectionError):
                connection.sendall(RAW[name])
                connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(65536)
        except OSError as error:
            assert isinstance(error, ConnectionError) or error.errno == errno.ENOTCONN, error
    assert answer == b"" or answer.split()[1].startswith(b"4"), answer[:300]
    assert api.get("/health/live").status_code == 200


def test_the_bad_bodies_are_made_from_good_ones() -> None:
    for body in (BODIES | BATCHES).values():
        assert json.loads(json.dumps(body)) == body
