"""A person looks for a film, rates one, and sees what follows."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from shared.testing import eventually
from tests.e2e.movieflix.pages.screen import Screen

Films = dict[str, dict[str, Any]]
OpenDevice = Callable[..., Screen]
LISTENING = re.compile("^(Connected|Every record|A sample)")
"""What the panel says once it hears: a stream that broke off is not connecting either."""


@pytest.mark.usefixtures("model")
def test_a_rating_changes_the_recommended_row_live(open_device: OpenDevice, viewer: str) -> None:
    screen = open_device(viewer)
    expect(screen.page.locator("#recommended-title")).to_have_text("Popular right now")
    first = screen.recommended.first.get_attribute("data-show")
    card = screen.page.locator(f'#recommended .card[data-show="{first}"]')
    card.locator("button").click()
    stars = screen.page.locator("#detail .stars")
    box = stars.bounding_box()
    assert box is not None
    stars.click(position={"x": box["width"] - 3, "y": box["height"] / 2})
    screen.page.keyboard.press("Escape")
    expect(screen.page.locator("#recommended .fresh")).to_contain_text("updated")
    expect(card).to_have_count(0)
    expect(screen.page.locator("#profile .seen")).to_contain_text("1")
    assert screen.failures == []


def test_search_finds_while_typing_and_says_when_there_is_nothing(open_device: OpenDevice, viewer: str, films: Films) -> None:
    screen = open_device(viewer)
    expect(screen.search("nosfer").filter(has_text="Nosferatu")).to_be_visible()
    expect(screen.page.locator("#home")).to_be_hidden()
    screen.search("zzzzqqqqxxxx")
    expect(screen.page.locator("#results .band-note")).to_contain_text("No film like that")
    screen.search("")
    expect(screen.page.locator("#home")).to_be_visible()


def test_genre_chips_narrow_the_catalogue(open_device: OpenDevice, viewer: str, films: Films) -> None:
    screen = open_device(viewer)
    animated = {show_id for show_id, film in films.items() if "Animation" in film["genres"]}
    # The chips are the genres of the films that the page has met: a first page full of other tests' films has none that is animated.
    title = films[min(animated)]["title"]
    expect(screen.search(title).filter(has_text=title).first).to_be_visible()
    screen.search("")
    screen.page.locator('.chip[data-genre=""]').click()
    chip = screen.page.locator('.chip[data-genre="Animation"]')
    chip.click()
    expect(chip).to_have_attribute("aria-pressed", "true")
    shown = screen.page.locator("#browse .card:not(.ghost)")

    def only_animated_ones() -> bool:
        ids = set(shown.evaluate_all("cards => cards.map(card => card.dataset.show)"))
        return bool(ids & animated) and not ids & (films.keys() - animated)

    eventually(only_animated_ones)


def test_the_events_panel_shows_the_record_that_was_just_sent(open_device: OpenDevice, viewer: str, films: Films) -> None:
    screen = open_device(viewer)
    screen.page.locator("#events-toggle").click()
    expect(screen.page.locator(".events-state")).to_have_text(LISTENING)
    screen.page.get_by_role("button", name="Only mine").click()
    screen.play("Faust")
    screen.drag_bar_to(0.5)
    record = screen.own_records.filter(has_text="show-position").first
    expect(record).to_contain_text(viewer)
    record.locator("button").click()
    document = screen.page.locator(".record-json pre")
    expect(document).to_contain_text('"device_id": "laptop"')
    expect(document).to_contain_text("faust-1926")


def test_the_panel_can_be_paused_and_filtered(open_device: OpenDevice, viewer: str, films: Films, api: httpx.Client) -> None:
    screen = open_device(viewer)
    screen.page.locator("#events-toggle").click()
    expect(screen.page.locator(".events-state")).to_have_text(LISTENING)
    screen.page.get_by_role("button", name="Only mine").click()
    rating = {"user_id": viewer, "show_id": "faust-1926", "rating": 4.0}
    api.post("/playback/v1/ratings", json=rating).raise_for_status()
    of_ratings = screen.own_records.filter(has_text="show-rating")
    expect(of_ratings).to_have_count(1)
    screen.page.locator(".topic", has_text="show-rating").click()
    expect(of_ratings).to_have_count(0)
    screen.page.locator(".topic", has_text="show-rating").click()
    expect(of_ratings).to_have_count(1)
    screen.page.get_by_role("button", name="Pause", exact=True).click()
    expect(screen.page.locator(".events-state")).to_contain_text("Paused")
    screen.page.get_by_role("button", name="Go on").click()
