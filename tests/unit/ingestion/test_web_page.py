"""The page's origin: its files, closed to foreign code, and events on their way to ingest-api as they came."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.ingestion.web_page.__main__ import FORWARDED, STATIC
from services.ingestion.web_page.app import BODY_LIMIT, web_page

SCRIPTS = sorted(STATIC.glob("js/*.js"))
EVENTS = "/api/ingest/v1/sources/wikipedia-edits/events"


class Answer(httpx.AsyncByteStream):
    async def __aiter__(self) -> Any:
        yield b'{"accepted": 1, "rejected": []}'


def accepting(seen: list[httpx.Request]) -> Callable[[httpx.Request], httpx.Response]:
    def accept(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202, stream=Answer())

    return accept


def never(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"forwarded {request.url}")


def ask(answer: Callable[[httpx.Request], httpx.Response], method: str, path: str, **more: Any) -> httpx.Response:
    """Without the lifespan, which would put a real client in the stand-in's place."""
    app = web_page(STATIC, {name: f"http://{name}.invalid" for name in FORWARDED})
    app.state.forwarding = httpx.AsyncClient(transport=httpx.MockTransport(answer))

    async def call() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://page.invalid") as client:
            return await client.request(method, path, **more)

    return asyncio.run(call())


def test_a_packed_file_reaches_the_door_packed() -> None:
    seen: list[httpx.Request] = []
    body = gzip.compress(b'{"time": "2015-09-12T00:46:58.771Z"}\n')
    headers = {"content-type": "application/x-ndjson", "content-encoding": "gzip"}
    answer = ask(accepting(seen), "POST", EVENTS, content=body, headers=headers)
    assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    assert str(seen[0].url) == "http://ingest.invalid/v1/sources/wikipedia-edits/events"
    assert seen[0].content == body
    assert headers.items() <= dict(seen[0].headers).items()


def test_how_much_is_too_much_is_for_the_door_to_say_up_to_ten_megabytes() -> None:
    seen: list[httpx.Request] = []
    assert ask(accepting(seen), "POST", EVENTS, content=b"x" * BODY_LIMIT).status_code == 202
    assert len(seen[0].content) >= 10_000_000
    assert ask(never, "POST", EVENTS, content=b"x" * (BODY_LIMIT + 1)).status_code == 413


def test_a_problem_of_an_api_comes_through_with_when_to_try_again() -> None:
    def busy(request: httpx.Request) -> httpx.Response:
        return httpx.Response(429, headers={"retry-after": "3"}, stream=Answer())

    answer = ask(busy, "POST", EVENTS, content=b"{}")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")


@pytest.mark.parametrize("path", ["/api/sink/v1/x", "/api/query/metrics"])
def test_nothing_but_the_two_apis_is_forwarded(path: str) -> None:
    assert ask(never, "GET", path).status_code == 404


def test_every_file_that_the_page_names_comes_with_headers_that_keep_foreign_code_out() -> None:
    named = set(re.findall(r'(?:href|src)="([^"#]+)"', (STATIC / "index.html").read_text()))
    named |= {f"js/{name}" for script in SCRIPTS for name in re.findall(r'from "\./([^"]+)"', script.read_text())}
    assert {"js/main.js", "js/dom.js", "css/base.css", "icon.svg"} <= named
    for name in sorted(named):
        answer = ask(never, "GET", f"/{name}")
        assert answer.status_code == 200, name
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_no_script_makes_markup_of_data(script: Path) -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|DOMParser", script.read_text())
