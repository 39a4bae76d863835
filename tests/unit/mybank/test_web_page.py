"""The page's origin: who one may be, the account, the counter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from services.mybank.web_page.app import web_page
from shared.http.access import AccessTokens, Keys
from shared.stores import StoreUnavailableError

TOKENS = AccessTokens(Keys({"k": b"k" * 32}), "mybank", lambda: 1_793_000_000_000_000)
STATIC = Path(__file__).resolve().parents[3] / "services/mybank/web_page/static"
ACCOUNT = {"balances": [{"currency": "EUR", "amount": "12.50"}], "items": []}


class FakeBank:
    def __init__(self) -> None:
        self.booked: list[tuple[str, ...]] = []
        self.away = False

    async def account(self, user_id: str, limit: int) -> dict[str, Any]:
        if self.away:
            raise StoreUnavailableError("secret address")
        return ACCOUNT

    async def book(self, *row: str) -> dict[str, Any]:
        self.booked.append(row)
        return {"transaction_id": 1, "booked_at": "2026-11-23T10:00:00Z"}

    async def close(self) -> None: ...


@pytest.fixture
def bank() -> FakeBank:
    return FakeBank()


@pytest.fixture
def client(bank: FakeBank) -> Iterator[TestClient]:
    with TestClient(web_page(STATIC, {}, lambda: bank, TOKENS), raise_server_exceptions=False) as client:
        yield client


def test_a_member_of_the_household_gets_a_token_that_opens_their_account_and_no_other(client: TestClient) -> None:
    assert [item["user_id"] for item in client.get("/api/customers").json()["items"]] == ["ada", "ben", "cleo", "dora"]
    token = client.post("/api/session", json={"user_id": "ada"}).json()["token"]
    headers = {"authorization": f"Bearer {token}"}
    assert client.get("/api/bank/users/ada", headers=headers).json() == ACCOUNT
    assert client.get("/api/bank/users/ben", headers=headers).status_code == 403
    assert client.get("/api/bank/users/ada").status_code == 401


@pytest.mark.parametrize("user_id", ["customer-1472-0001", "u1", "a b", "", 5])
def test_nobody_else_gets_a_token(client: TestClient, user_id: object) -> None:
    assert client.post("/api/session", json={"user_id": user_id}).status_code in (403, 422)


ROW = {"user_id": "ada", "direction": "debit", "amount": "1250"}


def test_the_counter_books_exact_amounts(client: TestClient, bank: FakeBank) -> None:
    assert client.post("/api/bank/transactions", json=ROW).status_code == 201
    assert bank.booked == [("ada", "debit", "1250.00", "EUR", "Counter")]


BAD: list[dict[str, Any]] = [
    {"amount": "0"},
    {"amount": "1.005"},
    {"amount": "-1"},
    {"currency": "eur"},
    {"direction": "any"},
    {"counterparty": "x" * 81},
    {"user_id": "u1"},
]


@pytest.mark.parametrize("wrong", BAD)
def test_what_cannot_be_booked_is_refused(client: TestClient, bank: FakeBank, wrong: dict[str, Any]) -> None:
    assert client.post("/api/bank/transactions", json=ROW | wrong).status_code in (403, 422)
    assert bank.booked == []


def test_a_database_that_is_away_is_told_without_its_address(client: TestClient, bank: FakeBank) -> None:
    bank.away = True
    answer = client.get("/api/bank/users/ada", headers={"authorization": f"Bearer {TOKENS.issue('ada', 60)}"})
    assert answer.status_code == 503
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/", "/js/main.js", "/css/page.css", "/icon.svg"])
def test_the_page_is_closed_to_foreign_code(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
