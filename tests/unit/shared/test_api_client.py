"""What may succeed later is sent again until it does; what will not is told at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from shared.http import client as module
from shared.http.client import ApiClient, RefusedError, SilentError

Answer = httpx.Response | Exception


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client would have waited; time passes by itself."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(module, "asyncio", SimpleNamespace(sleep=sleep, get_running_loop=asyncio.get_running_loop))
    return waited


def call(answers: list[Answer], ask: Callable[[ApiClient], Any], **options: Any) -> tuple[Any, list[str]]:
    script: Iterator[Answer] = iter(answers)
    reasons: list[str] = []

    def answer(_: httpx.Request) -> httpx.Response:
        following = next(script)
        if isinstance(following, Exception):
            raise following
        return following

    async def run() -> Any:
        async with ApiClient("http://api.invalid", reasons.append, **options) as api:
            api._http = httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://api.invalid")
            return await ask(api)

    return asyncio.run(run()), reasons


def busy(seconds: str = "3") -> httpx.Response:
    return httpx.Response(503, json={"detail": "the log is away"}, headers={"retry-after": seconds})


def test_a_call_is_repeated_until_it_is_answered(waits: list[float]) -> None:
    answer, reasons = call(
        [busy(), httpx.ConnectError("refused"), httpx.Response(429), httpx.Response(202, json={"accepted": 1})],
        lambda api: api.post("/v1/x", [1]),
    )
    assert answer == {"accepted": 1}
    assert waits[0] == 3
    assert len(reasons) == 3
    assert "the log is away" in reasons[0]


def test_a_long_retry_after_is_cut_short(waits: list[float]) -> None:
    call([busy("3600"), httpx.Response(200, json={})], lambda api: api.get("/v1/x"))
    assert waits == [module.LONGEST_WAIT_SECONDS]


@pytest.mark.parametrize("status", [400, 413, 422, 500])
def test_a_refusal_is_told_at_once_with_its_reason(waits: list[float], status: int) -> None:
    with pytest.raises(RefusedError, match=f"POST /v1/x: {status} no good") as caught:
        call([httpx.Response(status, json={"detail": "no good"})], lambda api: api.post("/v1/x", {}))
    assert caught.value.status == status
    assert waits == []


def test_what_is_not_there_is_none(waits: list[float]) -> None:
    assert call([httpx.Response(404, json={"detail": "no"})], lambda api: api.get("/v1/x"))[0] is None


def test_patience_ends(waits: list[float]) -> None:
    with pytest.raises(SilentError, match="does not answer"):
        call([httpx.ConnectError("refused")], lambda api: api.get("/v1/x"), patience_seconds=0.1)
