"""Calls to the project's own APIs from programs that must not lose what they send: what may succeed later is sent again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any

import httpx
import msgspec

from shared.http.problems import RETRY_AFTER_SECONDS
from shared.logging import get_logger

log = get_logger(__name__)

TRY_AGAIN = frozenset({429, 502, 503, 504})
LONGEST_WAIT_SECONDS = 10.0
ANSWER_SECONDS = 60.0

Waiting = Callable[[str], None]
"""Told each time a call has to wait, with the reason in a sentence."""

_encode = msgspec.json.Encoder().encode


class RefusedError(Exception):
    """The API will not take this request, however often it is sent."""

    def __init__(self, method: str, path: str, status: int, detail: str) -> None:
        super().__init__(f"{method} {path}: {status} {detail}")
        self.status = status


class SilentError(ConnectionError):
    """The API did not answer for as long as the caller would wait."""


class ApiClient:
    """An async context manager; one for each API. A call is repeated until it is answered: so events bear ids of the caller's own."""

    def __init__(
        self, base_url: str, waiting: Waiting | None = None, patience_seconds: float = float("inf"), connections: int = 20
    ) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=2)
        self._http = httpx.AsyncClient(base_url=base_url, trust_env=False, limits=limits, timeout=timeout)
        self._waiting = waiting or (lambda reason: log.warning("waiting", reason=reason))
        self._patience = patience_seconds

    async def __aenter__(self) -> ApiClient:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._http.aclose()

    async def post(self, path: str, body: Any) -> Any:
        """The answer's JSON. Raises RefusedError on any other answer than success, SilentError when patience ends."""
        return await self._call("POST", path, _encode(body))

    async def get(self, path: str, **query: Any) -> Any:
        """As `post`; None where the answer is 404."""
        try:
            return await self._call("GET", path, None, query)
        except RefusedError as error:
            if error.status == 404:
                return None
            raise

    async def _call(self, method: str, path: str, content: bytes | None, query: dict[str, Any] | None = None) -> Any:
        headers = {"content-type": "application/json"} if content is not None else {}
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + self._patience
        wait = 0.25
        while True:
            try:
                answer = await self._http.request(method, path, content=content, headers=headers, params=query)
            except httpx.HTTPError as error:
                reason, wait = f"{self._http.base_url} does not answer ({error!r})", min(LONGEST_WAIT_SECONDS, wait * 2)
            else:
                if answer.is_success:
                    return answer.json()
                reason = f"{method} {path}: {answer.status_code} {_detail(answer)}"
                if answer.status_code not in TRY_AGAIN:
                    raise RefusedError(method, path, answer.status_code, _detail(answer))
                wait = _retry_after(answer)
            if loop.time() + wait > give_up_at:
                raise SilentError(reason)
            self._waiting(reason)
            await asyncio.sleep(wait)


def _retry_after(answer: httpx.Response) -> float:
    given = answer.headers.get("retry-after", "")
    return min(LONGEST_WAIT_SECONDS, float(given)) if given.isdigit() else float(RETRY_AFTER_SECONDS)


def _detail(answer: httpx.Response) -> str:
    try:
        detail: str = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
    return detail
