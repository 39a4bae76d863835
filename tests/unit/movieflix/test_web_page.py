"""The page's origin: files with their headers, calls forwarded as they came, events as they pass."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.movieflix.contracts.household import HOUSEHOLD
from services.movieflix.web_page.app import web_page
from shared.consumer.tap import TapUnavailableError


class FakeTap:
    def __init__(self, messages: list[tuple[str, bytes]] | None = None) -> None:
        self._messages = messages
        self.watching = 0

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[tuple[str, bytes]]]:
        if self._messages is None:
            raise TapUnavailableError("no broker")
        self.watching += 1
        yield self._all(self._messages)
        self.watching -= 1

    async def _all(self, messages: list[tuple[str, bytes]]) -> AsyncIterator[tuple[str, bytes]]:
        for message in messages:
            yield message


class Chunks(httpx.AsyncByteStream):
    """Two chunks, of which the second comes only once the first was seen."""

    def __init__(self) -> None:
        self.first_seen = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"data: 1\n\n"
        await self.first_seen.wait()
        yield b"data: 2\n\n"


@pytest.fixture
def static(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<!doctype html><title>MovieFlix</title>")
    (tmp_path / "app.js").write_text("export const answer = 42;")
    return tmp_path


def page(static: Path, answer: Callable[[httpx.Request], httpx.Response], tap: FakeTap | None = None) -> FastAPI:
    app = web_page(static, {"resume": "http://resume.invalid:1"}, tap or FakeTap([]))
    app.state.forwarding = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    return app


def get(app: FastAPI, path: str, method: str = "GET", **more: Any) -> httpx.Response:
    """Without the lifespan, which would put a real client in the fake's place."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://page.invalid") as client:
            return await client.request(method, path, **more)

    return asyncio.run(ask())


class Whole(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


def echo(request: httpx.Request) -> httpx.Response:
    target, body = request.url.raw_path.decode(), request.content.decode()
    seen = {"method": request.method, "target": target, "body": body, "headers": dict(request.headers)}
    headers = {"retry-after": "2", "connection": "close, x-hop", "x-hop": "1", "server": "upstream"}
    return httpx.Response(202, stream=Whole(json.dumps(seen).encode()), headers=headers)


def test_the_page_comes_with_headers_that_keep_foreign_code_out(static: Path) -> None:
    answer = get(page(static, echo), "/")
    assert answer.status_code == 200
    assert "MovieFlix" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_is_asked_for_each_time_and_sent_only_when_it_changed(static: Path) -> None:
    app = page(static, echo)
    first = get(app, "/app.js")
    assert first.headers["cache-control"] == "no-cache"
    assert get(app, "/app.js", headers={"if-none-match": first.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("path", ["/nothing.js", "/../app.py", "/%2e%2e/%2e%2e/etc/passwd"])
def test_what_is_no_file_of_the_page_is_a_problem_document(static: Path, path: str) -> None:
    answer = get(page(static, echo), path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_call_is_forwarded_with_path_query_and_body_as_they_came(static: Path) -> None:
    answer = get(page(static, echo), "/api/resume/v1/users/a%20b%2Fc?q=%C3%A9&x=1", "POST", content=b'{"a":1}', headers={"x-own": "yes"})
    assert answer.status_code == 202
    seen = answer.json()
    assert (seen["method"], seen["target"], seen["body"]) == ("POST", "/v1/users/a%20b%2Fc?q=%C3%A9&x=1", '{"a":1}')
    assert seen["headers"]["x-own"] == "yes"
    assert seen["headers"]["host"] == "resume.invalid:1"
    assert len(seen["headers"]["traceparent"]) == 55


def test_headers_of_one_hop_end_here(static: Path) -> None:
    answer = get(page(static, echo), "/api/resume/v1/x", headers={"connection": "keep-alive, x-mine", "x-mine": "1", "te": "trailers"})
    assert answer.headers["retry-after"] == "2"
    assert not {"x-hop", "server"} & answer.headers.keys()
    assert not {"x-mine", "te"} & answer.json()["headers"].keys()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (httpx.ConnectError("refused"), 503),
        (httpx.ConnectTimeout("slow"), 503),
        (httpx.ReadTimeout("silent"), 504),
        (httpx.RemoteProtocolError("broke off"), 502),
    ],
)
def test_an_api_that_is_away_is_a_problem_document(static: Path, error: httpx.HTTPError, status: int) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise error

    answer = get(page(static, fail), "/api/resume/v1/x")
    assert answer.status_code == status
    assert "resume" in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("retry-after" in answer.headers) == (status == 503)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/bank/v1/x", 404),
        ("GET", "/api/resume/metrics", 404),
        ("PATCH", "/api/resume/v1/x", 405),
    ],
)
def test_only_listed_services_paths_and_methods_are_forwarded(static: Path, method: str, path: str, status: int) -> None:
    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"forwarded {request.url}")

    assert get(page(static, never), path, method).status_code == status


def test_a_body_over_the_limit_goes_nowhere(static: Path) -> None:
    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError("forwarded")

    assert get(page(static, never), "/api/resume/v1/x", "POST", content=b"x" * (1024 * 1024 + 1)).status_code == 413


def test_a_stream_is_passed_on_chunk_by_chunk(static: Path) -> None:
    chunks = Chunks()
    app = page(static, lambda _: httpx.Response(200, stream=chunks, headers={"content-type": "text/event-stream"}))
    received: list[bytes] = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/resume/v1/stream",
        "raw_path": b"/api/resume/v1/stream",
        "query_string": b"",
        "headers": [(b"accept", b"text/event-stream")],
        "app": app,
    }

    incoming = iter([{"type": "http.request", "body": b""}])

    async def receive() -> dict[str, Any]:
        # The client stays: it says nothing more until it has both chunks.
        return next(incoming, None) or await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        if message.get("body"):
            received.append(message["body"])
            chunks.first_seen.set()

    async def ask() -> None:
        async with asyncio.timeout(5):
            await app(scope, receive, send)

    asyncio.run(ask())
    assert received == [b"data: 1\n\n", b"data: 2\n\n"]


def test_events_are_server_sent_and_the_tap_is_let_go(static: Path) -> None:
    tap = FakeTap([("", b'{"topic":"t"}'), ("rates", b"{}")])
    answer = get(page(static, echo, tap), "/api/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.endswith('data: {"topic":"t"}\n\nevent: rates\ndata: {}\n\n')
    assert tap.watching == 0


def test_events_are_a_503_while_the_topics_cannot_be_read(static: Path) -> None:
    answer = get(page(static, echo, FakeTap(None)), "/api/events")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


def test_the_household_members_can_be_chosen(static: Path) -> None:
    items = get(page(static, echo), "/api/viewers").json()["items"]
    assert items == [{"user_id": member.user_id, "name": member.name} for member in HOUSEHOLD]
