"""The page in a browser: set a limit, book at the counter, see the alert; and what it does with hostile text and narrow windows."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.conftest import Stack
from tests.e2e.mybank.bank import Bank
from tests.pages import SLOW, chromium

TIMES = dict.fromkeys(("raised_at", "booked_at"), "2026-01-31T12:00:00Z")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def errors() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, stack: Stack, bank: Bank, errors: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1180, "height": 940})
    context.set_default_timeout(SLOW)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(stack.url("mybank", "web-page"))
    expect(page.locator("#stream")).to_have_text("Alerts arrive as they are raised.")
    yield page
    folder = Path(os.environ.get("SCREENSHOT_DIR") or Path(tempfile.gettempdir()) / "mybank-screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(folder / f"{request.node.name}.png"))
    context.close()
    assert errors == []


def sign_in(page: Page, user_id: str) -> None:
    with page.expect_response(lambda answer: f"/alerts/v1/users/{user_id}/alerts/stream" in answer.url):
        page.locator("#who").select_option(user_id)
    expect(page.locator("#stream")).to_have_text("Alerts arrive as they are raised.")


def set_limit(page: Page, amount: str) -> None:
    page.locator("#threshold [name=amount]").fill(amount)
    page.locator("#threshold button").click()
    expect(page.locator("#threshold-note")).to_contain_text("Version")


class Held:
    """What the page asks at an address: it has no answer before the test gives one."""

    def __init__(self, page: Page, address: str) -> None:
        self._page = page
        self._routes: list[Route] = []
        self._holds = True
        page.route(f"**/api/{address}", self._asked)

    def until_asked(self) -> None:
        while not self._routes:
            self._page.wait_for_event("request")

    def pass_on(self) -> None:
        """What is asked from now on."""
        self._holds = False

    def give(self, document: dict[str, Any]) -> None:
        self.pass_on()
        for route in self._routes:
            route.fulfill(json=document)

    def let_go(self) -> None:
        self.pass_on()
        for route in self._routes:
            route.continue_()

    def _asked(self, route: Route) -> None:
        if self._holds:
            self._routes.append(route)
        else:
            route.continue_()


def book(page: Page, amount: str, counterparty: str = "Car dealer") -> str:
    page.locator("#book [name=amount]").fill(amount)
    page.locator("#book [name=counterparty]").fill(counterparty)
    with page.expect_response("**/api/bank/transactions") as answer:
        page.locator("#book-now").click()
    row = str(answer.value.json()["transaction_id"])
    expect(page.locator("#booked")).to_have_text(f"Row {row}, committed.")
    return row


def test_what_is_booked_at_the_counter_raises_an_alert_that_cannot_be_missed(page: Page) -> None:
    sign_in(page, "ben")
    set_limit(page, "99000.00")
    row = book(page, "99000.50")
    expect(page.locator("#banner")).to_be_visible()
    expect(page.locator("#banner")).to_contain_text("99 000.50 EUR went out")
    expect(page.locator(f'#alerts [data-transaction="{row}"]')).to_be_visible()
    expect(page.locator("#at-page")).to_contain_text("ms")
    print(f"\nraised {page.locator('#at-raised').inner_text()}, on the page {page.locator('#at-page').inner_text()} after the commit")
    page.get_by_role("button", name="I have seen it").click()
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator(f'#alerts [data-transaction="{row}"]')).to_have_class("seen")


def test_a_limit_that_was_ended_raises_nothing(page: Page) -> None:
    sign_in(page, "cleo")
    set_limit(page, "98000.00")
    page.get_by_role("button", name="End debit-each").click()
    expect(page.locator("#threshold-note")).to_contain_text("Ended")
    row = book(page, "98000.50")
    expect(page.locator(f'#transactions [data-transaction="{row}"]')).to_be_visible()
    set_limit(page, "97000.00")
    later = book(page, "97000.50")
    expect(page.locator(f'#alerts [data-transaction="{later}"]')).to_be_visible()
    expect(page.locator(f'#alerts [data-transaction="{row}"]')).to_have_count(0)


def looked_at(page: Page, user_id: str) -> None:
    """Returns when the page, which has had all answers up to now, has read this account since."""
    for _ in range(2):
        page.wait_for_event("response", lambda response: f"/api/bank/users/{user_id}?" in response.url)


OTHERS = {"amount": "1.00", "currency": "XCL", "direction": "debit", "window_hours": None}
SECRETS: list[tuple[str, dict[str, Any]]] = [
    ("settings/v1/users/cleo/thresholds", {"items": [OTHERS | {"threshold_id": "debit-each", "version": 1}]}),
    (
        "alerts/v1/users/cleo/alerts?limit=30",
        {"items": [OTHERS | {"alert_id": "a", "threshold_id": "t", "transaction_id": 0, "total": "1.00", "acknowledged_at": None} | TIMES]},
    ),
    ("bank/users/cleo?limit=30", {"balances": [OTHERS], "items": [OTHERS | TIMES | {"id": 0, "counterparty": "XCL"}]}),
]


@pytest.mark.parametrize(("asked", "secret"), SECRETS, ids=["thresholds", "alerts", "account"])
def test_what_was_asked_for_another_customer_is_nobodys_when_they_have_gone(page: Page, asked: str, secret: dict[str, Any]) -> None:
    held = Held(page, asked)
    sign_in(page, "cleo")
    held.until_asked()
    sign_in(page, "dora")
    held.give(secret)
    looked_at(page, "dora")
    expect(page.locator("main")).not_to_contain_text("XCL")


def test_a_session_that_is_opened_late_does_not_take_the_place_of_the_next(page: Page) -> None:
    held = Held(page, "session")
    page.locator("#who").select_option("cleo")
    held.until_asked()
    held.pass_on()
    sign_in(page, "dora")
    with page.expect_response("**/api/session"):
        held.let_go()
    row = book(page, "1.00")
    # With the token of another it could not be read.
    looked_at(page, "dora")
    expect(page.locator(f'#transactions [data-transaction="{row}"]')).to_be_visible()


def test_an_answer_that_is_overtaken_by_a_later_one_is_not_shown(page: Page) -> None:
    held = Held(page, "settings/v1/users/dora/thresholds")
    sign_in(page, "dora")
    held.until_asked()
    held.pass_on()
    set_limit(page, "96000.00")
    expect(page.locator("#thresholds")).to_contain_text("96 000.00 EUR")
    held.give({"items": []})
    looked_at(page, "dora")
    expect(page.locator("#thresholds")).to_contain_text("96 000.00 EUR")


def test_what_could_not_be_had_is_asked_for_again(page: Page) -> None:
    sign_in(page, "cleo")
    set_limit(page, "95000.00")
    row = book(page, "95000.50")
    expect(page.locator(f'#alerts [data-transaction="{row}"]')).to_be_visible()
    for asked, _ in SECRETS:
        page.route(f"**/api/{asked}", lambda route: route.fulfill(status=503, json={"detail": "not now"}))
    sign_in(page, "ben")
    with page.expect_response("**/alerts/v1/users/cleo/alerts?*"):
        sign_in(page, "cleo")
    page.unroute_all()
    expect(page.locator("#thresholds")).to_contain_text("95 000.00 EUR")
    expect(page.locator(f'#alerts [data-transaction="{row}"]')).to_be_visible()


def test_hostile_text_is_shown_and_not_executed(page: Page) -> None:
    sign_in(page, "dora")
    hostile = f'<img src=x onerror="window.pwned=1">{uuid4().hex[:8]}'
    book(page, "1.00", hostile)
    expect(page.locator("#transactions")).to_contain_text(hostile)
    assert page.evaluate("window.pwned") is None


def test_a_bad_amount_is_told_in_a_sentence(page: Page) -> None:
    page.locator("#threshold [name=amount]").fill("a lot")
    page.locator("#threshold button").click()
    expect(page.locator("#threshold-note")).to_contain_text("no amount")


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_scrolls_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_page_signs_nobody_in_who_is_not_of_the_household(stack: Stack) -> None:
    answer = httpx.post(f"{stack.url('mybank', 'web-page')}/api/session", json={"user_id": "somebody"}, timeout=30, trust_env=False)
    assert answer.status_code == 403
