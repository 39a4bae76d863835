"""The page stays legible where it is hardest: figures that are old, and events without measure."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Stack
from tests.e2e.ingestion.edits import Edits
from tests.pages import SLOW, chromium

AA = 4.5
FAINTEST = """() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (rgb) => rgb.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const up = (node) => (node ? [node, ...up(node.parentElement)] : []);
  const solid = (color) => color.length < 4 || color[3] > 0.99;
  const ground = (node) => up(node).map((n) => channels(getComputedStyle(n).backgroundColor)).find(solid).slice(0, 3);
  const contrast = (node) => {
    const behind = ground(node);
    const seen = up(node).reduce((part, n) => part * getComputedStyle(n).opacity, 1);
    const [a, b] = [channels(getComputedStyle(node).color).slice(0, 3).map((v, i) => v * seen + behind[i] * (1 - seen)), behind].map(light);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const shown = [...document.querySelectorAll("body *")].filter((n) => n.getClientRects().length && n.getBoundingClientRect().width > 1
    && [...n.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim()));
  return shown.map((n) => [contrast(n), n.textContent.trim().slice(0, 30)]).sort((a, b) => a[0] - b[0])[0];
}"""
"""The contrast of the text that has least of it (WCAG 2, relative luminance), and its beginning."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, stack: Stack, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=request.param, reduced_motion="reduce")
    context.set_default_timeout(SLOW)
    page = context.new_page()
    page.goto(f"{stack.url('ingestion', 'web-page')}/#source=wikipedia-edits&by=channel")
    yield page
    context.close()


def planted(ingest: httpx.Client, page: Page, *lines: str, word: str) -> None:
    answer = ingest.post("/v1/sources/wikipedia-edits/events", content="\n".join(lines), headers={"content-type": "application/x-ndjson"})
    assert answer.json()["accepted"] == len(lines)
    page.get_by_label("Search events").fill(word)
    expect(page.locator("#found .row")).to_have_count(len(lines), timeout=SLOW)


def test_what_is_old_can_be_read_as_well_as_what_is_new(page: Page, ingest: httpx.Client) -> None:
    edits = Edits()
    planted(ingest, page, edits.line(1, added=5000), word=edits.word)
    expect(page.locator("#counts tbody tr").nth(1)).to_be_visible(timeout=SLOW)
    assert page.evaluate(FAINTEST)[0] >= AA, page.evaluate(FAINTEST)
    away = json.dumps({"detail": "the layer does not answer"})
    page.route("**/api/**", lambda route: route.fulfill(status=503, content_type="application/problem+json", body=away))
    for place in ("#log", "#sources", ".search .scroll", ".important .scroll", "#counts thead th[data-layer=hdfs]"):
        expect(page.locator(f"{place}.is-old")).to_be_visible(timeout=SLOW)
    assert page.evaluate(FAINTEST)[0] >= AA, page.evaluate(FAINTEST)


def test_an_event_without_measure_leaves_room_for_others(page: Page, ingest: httpx.Client) -> None:
    edits = Edits()
    long = dict.fromkeys(("page", "user", "comment"), f"{edits.word} {'W' * 5000}")
    planted(ingest, page, edits.line(1), edits.line(2, **long), word=edits.word)
    for row in page.locator("#found .row").all():
        assert row.evaluate("row => row.offsetHeight") < 250
