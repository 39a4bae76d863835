"""The page's own origin: its files, the APIs behind it, who one may be, and the bank's counter."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Protocol

from fastapi import Depends, FastAPI, Query, Request, Response

from services.mybank.contracts.household import HOUSEHOLD
from services.mybank.web_page.domain import SESSION_SECONDS, Book, SignIn, amount_of, is_member
from shared.health import Health
from shared.http.access import AccessTokens, own_only
from shared.http.app import create_app, json_response
from shared.http.bodies import InvalidCommandError, JsonBody, PathId
from shared.http.forward import add_forwarding, open_forwarding_client
from shared.http.page_files import PageFiles
from shared.http.problems import ProblemError


class Bank(Protocol):
    """Each call raises StoreUnavailableError."""

    async def account(self, user_id: str, limit: int) -> dict[str, Any]: ...
    async def book(self, user_id: str, direction: str, amount: str, currency: str, counterparty: str) -> dict[str, Any]: ...
    async def close(self) -> None: ...


def web_page(static: Path, services: Mapping[str, str], open_bank: Callable[[], Bank], tokens: AccessTokens) -> FastAPI:
    """Wire the service. `services` are the APIs that the page may call: name -> base address. `open_bank` is called inside the loop."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.bank = open_bank()
        async with open_forwarding_client() as app.state.forwarding:
            yield
        await app.state.bank.close()

    app = create_app("web-page", "MyBank for a person: the page, its APIs on one origin, the bank's counter.", Health(), lifespan)
    add_forwarding(app, services)
    book, sign_in = JsonBody(Book), JsonBody(SignIn)

    @app.get("/api/customers", summary="Who one may be here")
    async def customers() -> Response:
        return json_response({"items": HOUSEHOLD})

    @app.post("/api/session", openapi_extra=sign_in.openapi(), summary="A token for one of the household: stands in for signing in")
    async def session(request: Request) -> Response:
        user_id = (await sign_in.read(request)).user_id
        if not is_member(user_id):
            raise ProblemError(403, "this page signs in members of the household only")
        return json_response({"user_id": user_id, "token": tokens.issue(user_id, SESSION_SECONDS), "expires_in": SESSION_SECONDS})

    @app.get("/api/bank/users/{user_id}", dependencies=[Depends(own_only(tokens))], summary="Balances and the latest transactions")
    async def account(user_id: PathId, limit: Annotated[int, Query(ge=1, le=200)] = 30) -> Response:
        return json_response(await app.state.bank.account(user_id, limit))

    @app.post("/api/bank/transactions", status_code=201, openapi_extra=book.openapi(), summary="Book at the counter, by SQL")
    async def transaction(request: Request) -> Response:
        command = await book.read(request)
        if not is_member(command.user_id):
            raise ProblemError(403, "this counter books for members of the household only")
        try:
            amount = amount_of(command)
        except InvalidCommandError as error:
            raise ProblemError(422, str(error)) from error
        row = await app.state.bank.book(command.user_id, command.direction, amount, command.currency, command.counterparty)
        return json_response(row, 201)

    app.mount("/", PageFiles(static))
    return app
