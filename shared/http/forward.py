"""Forwards calls of a web page to the APIs behind it, so that a browser knows one origin only."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from shared.envelope import trace_parent
from shared.http.problems import ProblemError, problem, unavailable
from shared.logging import get_logger

log = get_logger(__name__)

METHODS = ("GET", "POST", "PUT", "DELETE")
CONNECT_SECONDS = 2.0
ANSWER_SECONDS = 35.0
"""Longer than an API waits for the log's acknowledgement (shared/producer.py): the API's own 503 says more than a time-out here."""

# RFC 9110, 7.6.1; and what the next hop writes itself.
_NOT_FORWARDED = frozenset(
    b"connection keep-alive proxy-connection te trailer transfer-encoding upgrade proxy-authenticate proxy-authorization "
    b"host content-length traceparent date server".split()
)


def open_forwarding_client() -> httpx.AsyncClient:
    """Knows no proxy and no redirect: the APIs are on this machine."""
    limits = httpx.Limits(max_connections=200, max_keepalive_connections=50)
    return httpx.AsyncClient(limits=limits, trust_env=False, follow_redirects=False)


def add_forwarding(app: FastAPI, services: Mapping[str, str]) -> None:
    """`/api/<name>/v1/...` for each name in `services` (name -> base address); `app.state.forwarding` is the client.

    Bodies pass as they come, so that server-sent events are not held back. An API that is away is a 503, one that breaks off before
    its answer a 502, one that is silent for ANSWER_SECONDS a 504: each a problem document.
    """

    @app.api_route("/api/{service}/v1/{path:path}", methods=list(METHODS), include_in_schema=False)
    async def forward(request: Request, service: str) -> Response:
        if service not in services:
            raise ProblemError(404, f"no service {service[:100]!r} is forwarded; there are: {', '.join(sorted(services))}")
        client: httpx.AsyncClient = request.app.state.forwarding
        try:
            url = httpx.URL(services[service]).copy_with(raw_path=_target(request, service))
        except (httpx.InvalidURL, UnicodeDecodeError) as error:
            raise ProblemError(400, "the path or the query holds what no URL may: escape it") from error
        upstream = client.build_request(
            request.method,
            url,
            headers=[*_end_to_end(request.headers.raw), (b"traceparent", trace_parent.get().encode())],
            content=await request.body() or None,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS, read=None if _wants_stream(request) else ANSWER_SECONDS),
        )
        try:
            answer = await client.send(upstream, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            return unavailable(f"{service} does not answer; try again")
        except httpx.TimeoutException:
            return problem(504, f"{service} did not answer within {ANSWER_SECONDS:.0f} s; try again")
        except httpx.HTTPError as error:
            log.warning("forwarding_failed", service=service, reason=repr(error))
            return problem(502, f"{service} broke off before its answer; try again")
        response = StreamingResponse(_body(service, answer), answer.status_code)
        response.raw_headers = _end_to_end(answer.headers.raw)
        return response


def _target(request: Request, service: str) -> bytes:
    """Path and query as they came, escapes included: what an id means is for the API to say."""
    raw: bytes = request.scope["raw_path"]
    path = raw.split(b"?", 1)[0].removeprefix(b"/api/" + service.encode())
    query: bytes = request.scope["query_string"]
    return path + b"?" + query if query else path


def _end_to_end(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    named = {token.strip().lower() for name, value in headers if name.lower() == b"connection" for token in value.split(b",")}
    return [(name, value) for name, value in headers if name.lower() not in _NOT_FORWARDED | named]


def _wants_stream(request: Request) -> bool:
    return "text/event-stream" in request.headers.get("accept", "")


async def _body(service: str, answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    except httpx.HTTPError as error:
        # The status is out already: an answer cut short is all that is left to say.
        log.warning("answer_cut_short", service=service, reason=repr(error))
    finally:
        await answer.aclose()
