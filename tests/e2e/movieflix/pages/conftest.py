"""A browser on the running page. The stack is taken as it is; each test has viewers of its own."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from shared.testing.eventually import eventually
from tests.conftest import Stack
from tests.e2e.movieflix.pages.screen import Screen
from tests.pages import chromium

CATALOGUE = Path(__file__).parents[4] / "services" / "movieflix" / "catalogue" / "public_domain_films.json"
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)
WIDE = (1440, 900)


@pytest.fixture(scope="session")
def movieflix_url(request: pytest.FixtureRequest) -> str:
    """MOVIEFLIX_URL where it is set, otherwise the page of the stack that is up."""
    named = os.environ.get("MOVIEFLIX_URL", "")
    if named:
        return named.rstrip("/")
    stack: Stack = request.getfixturevalue("stack")
    return stack.url("movieflix", "web-page")


@pytest.fixture(scope="session")
def api(movieflix_url: str) -> Iterator[httpx.Client]:
    """The APIs, through the page's origin: `api.get("/resume/v1/...")`."""
    with httpx.Client(base_url=f"{movieflix_url}/api", timeout=30, trust_env=False) as client:
        yield client


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium(*QUIET) as browser:
        yield browser


@pytest.fixture(scope="session")
def films(api: httpx.Client) -> dict[str, dict[str, object]]:
    """The films that ship with the project, by id, found by the catalogue."""
    listed = json.loads(CATALOGUE.read_text())
    absent = [film for film in listed if not catalogued(api, film["show_id"])]
    if absent:
        answer = api.post("/catalog/v1/shows/batch", json=absent).raise_for_status().json()
        assert answer["rejected"] == []
    for film in absent:
        eventually(lambda film=film: search_finds(api, film["show_id"], film["title"]), within=30)
    return {film["show_id"]: film for film in listed}


def catalogued(api: httpx.Client, show_id: str) -> bool:
    answer = api.get(f"/catalog/v1/shows/{show_id}")
    return answer.status_code != 404 and answer.raise_for_status().is_success


def search_finds(api: httpx.Client, show_id: str, words: str) -> bool:
    """A show can be had by its id up to a second before a search finds it (Elasticsearch's refresh), and the page asks once."""
    found = api.get("/catalog/v1/shows", params={"q": words, "limit": 100}).raise_for_status().json()["items"]
    return show_id in {show["show_id"] for show in found}


@pytest.fixture(scope="session")
def model(api: httpx.Client, films: dict[str, dict[str, object]]) -> None:
    """A model that knows some films. Ids are fixed, so that a second run adds nothing."""
    url = "/recommendations/v1/users/nobody-yet/recommendations?limit=14"
    if api.get(url).raise_for_status().json()["items"]:
        return
    liked = list(films)[:40]
    ratings = [
        {"user_id": f"page-tests-{n}", "show_id": show, "rating": 5.0 if (n + i) % 4 else 2.0, "event_id": f"page-tests-{n}-{show}"}
        for n in range(12)
        for i, show in enumerate(liked[n % 4 :: 2])
    ]
    assert api.post("/playback/v1/ratings/batch", json=ratings).raise_for_status().json()["rejected"] == []
    eventually(lambda: bool(api.get(url).raise_for_status().json()["items"]), within=90, every=0.5)


@pytest.fixture
def viewer() -> str:
    return f"page-{uuid4().hex[:12]}"


@pytest.fixture
def open_device(browser: Browser, movieflix_url: str, request: pytest.FixtureRequest) -> Iterator[Callable[..., Screen]]:
    """Opens the page as a device of its own: nothing but the services is shared between two of them."""
    contexts: list[BrowserContext] = []
    opened: list[Page] = []

    def opening(viewer: str | None, device: str = "laptop", size: tuple[int, int] = WIDE, touch: bool = False) -> Screen:
        context = browser.new_context(viewport={"width": size[0], "height": size[1]}, has_touch=touch, is_mobile=touch)
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        opened.append(page)
        screen = Screen(page, movieflix_url)
        screen.open(viewer, device)
        return screen

    yield opening
    folder = Path(os.environ.get("SCREENSHOT_DIR") or Path(tempfile.gettempdir()) / "movieflix-screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    name = re.sub(r"\W+", "_", request.node.name)
    for number, page in enumerate(opened, 1):
        with suppress(Exception):
            page.screenshot(path=str(folder / f"{name}-{number}.png"))
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_device: Callable[..., Screen], viewer: str) -> Page:
    """The page in a wide window, as a viewer whom nobody knows yet."""
    return open_device(viewer).page
