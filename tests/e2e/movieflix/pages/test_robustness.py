"""The page holds where windows are narrow, titles hostile, and APIs away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import expect

from shared.testing.eventually import eventually
from tests.e2e.movieflix.pages.conftest import search_finds
from tests.e2e.movieflix.pages.screen import Screen

Films = dict[str, dict[str, Any]]
OpenDevice = Callable[..., Screen]


@pytest.mark.usefixtures("model")
@pytest.mark.parametrize("width", [360, 390, 768, 1180, 1440, 1920])
def test_nothing_scrolls_sideways_at_any_width(open_device: OpenDevice, viewer: str, films: Films, width: int) -> None:
    screen = open_device(viewer, size=(width, 900))
    expect(screen.page.locator("#browse .card:not(.ghost)").first).to_be_visible()
    assert not screen.is_wider_than_its_window()
    screen.page.locator("#events-toggle").click()
    expect(screen.page.locator("#events")).to_be_visible()
    assert not screen.is_wider_than_its_window()


def test_a_hostile_title_is_shown_and_not_executed(open_device: OpenDevice, viewer: str, api: httpx.Client) -> None:
    word = f"hostile{uuid4().hex[:10]}"
    title = f'{word} <img src=x onerror="window.pwned=1"><script>window.pwned=2</script>'
    api.put(
        f"/catalog/v1/shows/{word}", json={"title": title, "genres": ["<b>Drama</b>"], "year": 1999, "runtime_minutes": 90}
    ).raise_for_status()
    eventually(lambda: search_finds(api, word, word))
    screen = open_device(viewer)
    card = screen.search(word).filter(has_text=word)
    expect(card.locator(".card-title")).to_have_text(title)
    card.locator("button").click()
    expect(screen.page.locator("#detail-title")).to_have_text(title)
    screen.page.locator("#detail .key-gold").click()
    expect(screen.bar).to_be_visible()
    assert screen.page.evaluate("window.pwned") is None
    assert screen.page.locator("main img, main script, #player img, #detail img, #detail b").count() == 0
    assert screen.dialogs == []


def test_positions_are_kept_while_the_playback_api_is_away_and_sent_again(
    open_device: OpenDevice, viewer: str, films: Films, api: httpx.Client
) -> None:
    screen = open_device(viewer)
    screen.play("Faust")
    away = "**/api/playback/**"
    screen.page.route(away, lambda route: route.abort())
    screen.drag_bar_to(0.3)
    expect(screen.page.locator("#toasts")).to_contain_text("positions and ratings are kept")
    screen.drag_bar_to(0.7)
    screen.page.unroute(away)
    length = films["faust-1926"]["runtime_minutes"] * 60

    def arrived() -> bool:
        answer = api.get(f"/resume/v1/users/{viewer}/positions/faust-1926")
        return answer.status_code == 200 and answer.json()["position_seconds"] > 0.65 * length

    eventually(arrived, within=30)
    expect(screen.page.locator("#toasts")).not_to_contain_text("does not answer")


def test_an_answer_that_came_late_does_not_set_the_clock_back(open_device: OpenDevice, viewer: str) -> None:
    """What decides between two positions is their time: one from a busy moment must not be older than the one before it."""
    skew = """async () => {
        const { call, serverNow } = await import("/js/api.js");
        const [now, ask] = [Date.now, window.fetch];
        let late = 0;
        Date.now = () => now() + late;
        window.fetch = async () => {
            const answer = new Response("{}", { headers: { date: new Date(now()).toUTCString() } });
            late = 5000;
            return answer;
        };
        await call("resume", "/");
        const found = serverNow() - Date.now();
        [Date.now, window.fetch] = [now, ask];
        return found;
    }"""
    assert open_device(viewer).page.evaluate(skew) == 0


def test_a_wrong_clock_of_the_device_is_noticed(open_device: OpenDevice, viewer: str) -> None:
    skew = """async () => {
        const { call, serverNow } = await import("/js/api.js");
        const ask = window.fetch;
        window.fetch = async () => new Response("{}", { headers: { date: new Date(Date.now() - 3600_000).toUTCString() } });
        await call("resume", "/");
        window.fetch = ask;
        return serverNow() - Date.now();
    }"""
    assert abs(open_device(viewer).page.evaluate(skew) + 3_600_000) < 3000


def test_who_has_seen_what_no_catalogue_knows_has_seen_it(open_device: OpenDevice, viewer: str, api: httpx.Client) -> None:
    rating = {"user_id": viewer, "show_id": f"unknown-{viewer}", "rating": 4.0}
    api.post("/playback/v1/ratings", json=rating).raise_for_status()
    eventually(lambda: api.get(f"/recommendations/v1/users/{viewer}/profile").json().get("seen") == 1, within=60)
    expect(open_device(viewer).page.locator("#profile .seen")).to_have_text("1 film seen")


def test_the_last_position_is_sent_when_the_tab_is_closed(open_device: OpenDevice, viewer: str, films: Films, api: httpx.Client) -> None:
    screen = open_device(viewer)
    screen.play("Faust")
    screen.page.get_by_role("button", name="Speed 600 times").click()
    eventually(lambda: screen.position() > 1200)
    reached = screen.position()
    screen.page.close(run_before_unload=True)

    def arrived() -> bool:
        answer = api.get(f"/resume/v1/users/{viewer}/positions/faust-1926")
        return answer.status_code == 200 and answer.json()["position_seconds"] >= reached

    eventually(arrived)


def test_the_page_asks_only_its_own_origin_and_raises_nothing(open_device: OpenDevice, viewer: str, films: Films) -> None:
    screen = open_device(viewer)
    screen.page.locator("#analytics").scroll_into_view_if_needed()
    expect(screen.page.locator(".figures dd").first).not_to_be_empty()
    assert screen.foreign == []
    assert screen.failures == []
