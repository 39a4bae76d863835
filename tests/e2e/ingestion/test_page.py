"""The page in a browser: events sent by its form are found, counted in every layer and told apart; a layer that is away is told."""

from __future__ import annotations

import gzip
import json
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from shared.testing import eventually
from tests.conftest import Stack
from tests.e2e.ingestion.edits import Edits
from tests.pages import SLOW, chromium

IN_THE_LAKE = 60_000
"""Milliseconds: a table is written a batch at a time, and a batch may wait for the one before."""

SOURCE = "wikipedia-edits"
LAYERS = ("speed", "s3", "hdfs")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def errors() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, stack: Stack, errors: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(SLOW)
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{stack.url('ingestion', 'web-page')}/#source={SOURCE}&by=channel")
    expect(page.locator("#source-title")).to_have_text(SOURCE)
    expect(page.get_by_role("radio", name=SOURCE)).to_be_checked()
    yield page
    folder = Path(os.environ.get("SCREENSHOT_DIR") or Path(tempfile.gettempdir()) / "ingestion-screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(folder / f"{request.node.name}.png"))
    context.close()
    assert errors == []


@pytest.fixture
def edits() -> Edits:
    return Edits()


def paste(page: Page, *lines: str) -> None:
    page.get_by_label("Events, one JSON object a line").fill("\n".join(lines))
    page.get_by_role("button", name="Send").click()


def search(page: Page, words: str) -> None:
    page.get_by_label("Search events").fill(words)


def found(query: httpx.Client, edits: Edits) -> int:
    return len(query.get(f"/v1/sources/{SOURCE}/events", params={"q": edits.word, "limit": 1000}).raise_for_status().json()["items"])


def look_at(page: Page, edits: Edits) -> None:
    """Narrows the page to the second of these edits."""
    page.get_by_label("from", exact=True).fill(f"{edits.second:%Y-%m-%dT%H:%M:%S}")
    page.get_by_label("to", exact=True).fill(f"{edits.second + timedelta(seconds=1):%Y-%m-%dT%H:%M:%S}")


def expect_counted(page: Page, value: str, count: int) -> None:
    row = page.locator("#counts tbody tr").filter(has=page.get_by_role("rowheader", name=value))
    for layer in LAYERS:
        expect(row.locator(f"td[data-layer={layer}]")).to_have_text(str(count), timeout=IN_THE_LAKE)


def test_what_is_pasted_is_found_and_is_counted_once_in_every_layer(page: Page, edits: Edits) -> None:
    paste(page, edits.line(1), edits.line(2), edits.line(1))
    expect(page.locator("#sent")).to_have_text(f"3 accepted by {SOURCE}, 0 rejected.")
    search(page, edits.word)
    expect(page.locator("#found .row")).to_have_count(2)
    expect(page.locator("#found .row").first).to_contain_text(f"Page 2 {edits.word}")
    expect(page.locator("#found mark").first).to_have_text(edits.word)
    look_at(page, edits)
    expect_counted(page, f"#{edits.word}", 2)
    # Other sources may still send: then the three hold the same so far.
    expect(page.locator("#verdict")).to_have_text(re.compile(r"All three agree( so far)?: 2 events"), timeout=IN_THE_LAKE)


def test_the_range_of_time_narrows_the_search(page: Page, edits: Edits) -> None:
    paste(page, edits.line(1))
    search(page, edits.word)
    expect(page.locator("#found .row")).to_have_count(1)
    look_at(page, Edits())
    expect(page.locator("#search-note")).to_have_text("Nothing matches.")
    page.get_by_role("button", name="All time").click()
    expect(page.locator("#found .row")).to_have_count(1)


def test_more_goes_on_where_the_list_ended(page: Page, query: httpx.Client, edits: Edits) -> None:
    paste(page, *(edits.line(place) for place in range(45)))
    expect(page.locator("#sent")).to_contain_text("45 accepted")
    # Who reads on sees nothing newer: all of them are there before.
    eventually(lambda: found(query, edits) == 45, within=IN_THE_LAKE / 1000)
    search(page, edits.word)
    expect(page.locator("#found .row").first).to_contain_text("Page 44")
    for shown in (40, 45):
        page.get_by_role("button", name="More").click()
        expect(page.locator("#found .row")).to_have_count(shown)
    expect(page.get_by_role("button", name="More")).to_be_hidden()
    expect(page.locator("#found .row").last).to_contain_text("Page 0")


def test_a_rejected_line_is_told_with_its_reason(page: Page, edits: Edits) -> None:
    paste(page, edits.line(1), "no json", json.dumps({"page": "no time"}))
    expect(page.locator("#sent")).to_have_text(f"1 accepted by {SOURCE}, 2 rejected.")
    told = page.locator("#rejected li")
    expect(told).to_have_count(2)
    for place in range(2):
        assert len(told.nth(place).inner_text().removeprefix("line").strip()) > len("2 no")


def test_a_packed_file_is_sent_packed(page: Page, edits: Edits) -> None:
    packed = gzip.compress("\n".join(edits.line(place) for place in range(3)).encode())
    with page.expect_request("**/api/ingest/v1/**") as sent:
        page.locator("#send [name=file]").set_input_files({"name": "edits.ndjson.gz", "mimeType": "application/gzip", "buffer": packed})
    assert sent.value.headers["content-encoding"] == "gzip"
    expect(page.locator("#sent")).to_have_text(f"3 accepted by {SOURCE}, 0 rejected.")
    search(page, edits.word)
    expect(page.locator("#found .row")).to_have_count(3)


def test_a_long_file_goes_in_pieces_and_a_rejected_line_keeps_its_number_in_the_file(page: Page, edits: Edits) -> None:
    lines = [edits.line(place % 1000, page=f"Page {place} {edits.word}", comment="c" * 400) for place in range(3000)]
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if "/api/ingest/" in request.url else None)
    file = "\n".join([*lines, "no json"]).encode()
    page.locator("#send [name=file]").set_input_files({"name": "edits.ndjson", "mimeType": "text/plain", "buffer": file})
    expect(page.locator("#sent")).to_have_text(f"3,000 accepted by {SOURCE}, 1 rejected.", timeout=IN_THE_LAKE)
    assert len(sent) >= 2
    expect(page.locator("#rejected b")).to_have_text("line 3,001")


def test_an_important_event_shows_with_its_rule(page: Page, edits: Edits) -> None:
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
    paste(page, edits.line(time=now, delta=1_000_000, added=1_000_000))
    row = page.locator("#important .row").filter(has_text=edits.word)
    expect(row).to_be_visible()
    expect(row.locator(".rule")).not_to_be_empty()


def test_hostile_text_is_shown_and_not_executed(page: Page, edits: Edits) -> None:
    hostile = f'<img src=x onerror="window.pwned=1">{edits.word}'
    paste(page, edits.line(1, page=hostile, comment=hostile, user=hostile, channel=hostile))
    search(page, edits.word)
    expect(page.locator("#found .row")).to_have_count(1)
    expect(page.locator("#found .lead")).to_have_text(hostile)
    page.locator("#found summary").click()
    expect(page.locator("#found pre")).to_contain_text(edits.word)
    look_at(page, edits)
    expect(page.locator("#counts .value").filter(has_text=edits.word)).to_have_text(hostile)
    assert page.locator("main img").count() == 0
    assert page.evaluate("window.pwned") is None


def test_a_layer_that_is_away_is_told_and_the_page_goes_on_when_it_is_back(page: Page, edits: Edits) -> None:
    paste(page, edits.line(1))
    look_at(page, edits)
    expect_counted(page, "all", 1)
    hdfs = page.locator("#layers [data-layer=hdfs]")
    # Old figures can be shown of what was seen before.
    expect(hdfs.locator(".state")).to_have_text(re.compile("level|behind"))

    def away(route: Route) -> None:
        route.fulfill(status=503, content_type="application/problem+json", body=json.dumps({"detail": "the layer does not answer"}))

    def one_away(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        body["items"] = [i | {"behind_records": None, "behind_seconds": None} if i["layer"] == "hdfs" else i for i in body["items"]]
        route.fulfill(response=answer, json=body)

    page.route("**/counts?*layer=hdfs*", away)
    page.route("**/v1/layers?*", one_away)
    expect(hdfs.locator(".state")).to_have_text("away")
    expect(hdfs.locator(".old-note")).to_contain_text("as of")
    expect(page.locator("#overall")).to_have_text("HDFS is away")
    expect(page.locator("#counts th[data-layer=hdfs]")).to_contain_text("away, as of")
    expect_counted(page, "all", 1)
    page.unroute_all(behavior="wait")
    expect(hdfs.locator(".state")).not_to_have_text("away")
    expect(page.locator("#counts th[data-layer=hdfs]")).to_have_text("HDFS")


def test_an_event_shows_its_declared_fields_however_late_they_are_known(page: Page, edits: Edits) -> None:
    paste(page, edits.line(1))
    look_at(page, edits)
    expect(page.locator("#found .row")).to_have_count(1)
    away = iter([True] * 3)

    def late(route: Route) -> None:
        route.fulfill(status=503, json={"detail": "not yet"}) if next(away, False) else route.continue_()

    page.route("**/v1/sources?*", late)
    page.reload()
    expect(page.locator("#found .chip").first).to_be_visible()


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        ({"speed": 12, "s3": 12, "hdfs": 12, "settled": True}, "level", "All three agree: 12 events"),
        ({"speed": 12, "s3": 12, "hdfs": 12, "settled": False}, "level", "All three agree so far: 12 events; more is on its way"),
        ({"speed": 24, "s3": 24, "hdfs": 12, "settled": False}, "reading", "Speed has 12 more: HDFS is still reading"),
        ({"speed": 24, "s3": 20, "hdfs": 12, "settled": False}, "reading", "S3 is 4 short, HDFS 12: both are still reading"),
        ({"speed": 24, "s3": 24, "hdfs": 23, "settled": True}, "away", "HDFS lacks 1 event, and nothing is left to read"),
    ],
)
def test_the_verdict_tells_reading_from_losing(page: Page, answer: dict[str, Any], state: str, said: str) -> None:
    page.route("**/reconciliation?*", lambda route: route.fulfill(json=answer))
    expect(page.locator("#verdict")).to_have_text(said)
    expect(page.locator("#verdict")).to_have_attribute("data-state", state)


def test_the_source_is_chosen_with_the_keyboard(page: Page) -> None:
    page.get_by_role("radio", name=SOURCE).focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#source-title")).not_to_have_text(SOURCE)
    expect(page.get_by_role("radio", name=SOURCE)).not_to_be_checked()


@pytest.mark.parametrize("width", [360, 390, 768, 1440])
def test_nothing_scrolls_sideways(page: Page, edits: Edits, width: int) -> None:
    paste(page, edits.line(1, page=f"{edits.word} {'x' * 300}", user="y" * 120, channel="z" * 120))
    search(page, edits.word)
    page.set_viewport_size({"width": width, "height": 844})
    expect(page.locator("#found .row")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
