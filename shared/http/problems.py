"""Errors as problem details (RFC 9457), for whatever goes wrong: `{type, title, status, detail, ...}` as application/problem+json."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from shared.logging import get_logger
from shared.producer import BrokerUnavailableError
from shared.registry import RegistryUnavailableError, UnknownSchemaError
from shared.stores import StoreUnavailableError

log = get_logger(__name__)

RETRY_AFTER_SECONDS = 2


class ProblemError(Exception):
    """Answered as a problem document. `extensions` become members of it."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None, **extensions: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers
        self.extensions = extensions


def problem_body(status: int, detail: str, **extensions: Any) -> bytes:
    return msgspec.json.encode({"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail} | extensions)


def problem(status: int, detail: str, headers: dict[str, str] | None = None, **extensions: Any) -> Response:
    return Response(problem_body(status, detail, **extensions), status, headers, "application/problem+json")


def unavailable(detail: str, **extensions: Any) -> Response:
    """503 with Retry-After: nothing wrong with the request, send it again."""
    return problem(503, detail, {"Retry-After": str(RETRY_AFTER_SECONDS)}, **extensions)


def install_problems(app: FastAPI) -> None:
    """Turn every error of an application into a problem document; no exception text of the inside leaves it."""

    @app.exception_handler(ProblemError)
    async def _problem(_: Request, error: ProblemError) -> Response:
        return problem(error.status, error.detail, error.headers, **error.extensions)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> Response:
        return problem(422, "; ".join(f"{_place(item['loc'])}: {item['msg']}" for item in error.errors())[:500])

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers) if error.headers else None
        return problem(error.status_code, f"{request.method} {request.url.path[:200]}: {error.detail}", headers)

    @app.exception_handler(StoreUnavailableError)
    async def _store(_: Request, error: StoreUnavailableError) -> Response:
        log.warning("store_away", reason=str(error))
        return unavailable("a store behind this service does not answer; try again")

    @app.exception_handler(BrokerUnavailableError)
    async def _broker(_: Request, error: BrokerUnavailableError) -> Response:
        log.warning("broker_away", reason=str(error))
        return unavailable("the log did not acknowledge; send the same event ids again")

    @app.exception_handler(RegistryUnavailableError)
    @app.exception_handler(UnknownSchemaError)
    async def _registry(_: Request, error: Exception) -> Response:
        log.warning("no_schema", reason=str(error))
        return unavailable("the schema of this event could not be had; try again")

    @app.exception_handler(Exception)
    async def _unexpected(_: Request, error: Exception) -> Response:
        log.error("unexpected_error", exc_info=error)
        return problem(500, "an unexpected error; the service's log has it")


def _place(location: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in location[1:]) or str(location[0])
