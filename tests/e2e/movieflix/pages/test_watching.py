"""A person watches, leaves off, and goes on elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from shared.testing.eventually import eventually
from tests.e2e.movieflix.pages.screen import Screen

Films = dict[str, dict[str, Any]]
OpenDevice = Callable[..., Screen]
FILM, TITLE = "metropolis-1927", "Metropolis"


def stored(api: httpx.Client, viewer: str, show: str = FILM) -> dict[str, Any]:
    answer = api.get(f"/resume/v1/users/{viewer}/positions/{show}")
    assert answer.status_code == 200, answer.text
    position: dict[str, Any] = answer.json()
    return position


def is_near(api: httpx.Client, viewer: str, seconds: float, device: str) -> bool:
    position = stored(api, viewer)
    # Some real seconds pass between the hand and the question.
    return position["device_id"] == device and abs(position["position_seconds"] - seconds) < 0.03 * position["duration_seconds"]


def test_a_viewer_of_the_household_is_picked_and_stands_in_the_address(open_device: OpenDevice, films: Films) -> None:
    screen = open_device(None)
    screen.page.locator(".person").first.click()
    expect(screen.page).to_have_url(re.compile("#viewer=[A-Za-z0-9_.:-]+&device=laptop$"))
    expect(screen.page.locator("#recommended .ghost")).to_have_count(0)


def test_any_id_can_be_typed_and_a_wrong_one_is_told(open_device: OpenDevice, viewer: str) -> None:
    screen = open_device(None)
    screen.page.locator("#viewer-id").fill("no spaces")
    screen.page.keyboard.press("Enter")
    expect(screen.page.locator("#viewer-hint")).to_contain_text("no spaces")
    screen.page.locator("#viewer-id").fill(viewer)
    screen.page.keyboard.press("Enter")
    expect(screen.page).to_have_url(re.compile(f"viewer={viewer}"))


def test_a_dragged_bar_is_a_position_and_a_second_device_resumes_there(
    open_device: OpenDevice, viewer: str, films: Films, api: httpx.Client
) -> None:
    length = films[FILM]["runtime_minutes"] * 60
    laptop = open_device(viewer, "laptop")
    laptop.play(TITLE)
    laptop.drag_bar_to(0.4)
    eventually(lambda: is_near(api, viewer, 0.4 * length, "laptop"))
    laptop.close_player()
    expect(laptop.begun.filter(has_text=TITLE)).to_be_visible()

    phone = open_device(viewer, "phone", size=(390, 844), touch=True)
    card = phone.begun.filter(has_text=TITLE)
    expect(card).to_contain_text("Laptop")
    expect(card).to_contain_text("left")
    card.locator("button").click()
    expect(phone.page.locator(".offer")).to_contain_text("last watched on Laptop")
    assert abs(phone.position() - 0.4 * length) < 0.03 * length

    phone.touch_bar_to(0.6)
    eventually(lambda: is_near(api, viewer, 0.6 * length, "phone"))
    assert not phone.is_wider_than_its_window()
    assert laptop.failures == phone.failures == []


def test_the_bar_moves_by_keyboard(open_device: OpenDevice, viewer: str, films: Films, api: httpx.Client) -> None:
    screen = open_device(viewer)
    screen.play(TITLE)
    screen.pause()
    screen.bar.focus()
    screen.page.keyboard.press("Home")
    for _ in range(3):
        screen.page.keyboard.press("ArrowRight")
    expect(screen.bar).to_have_attribute("aria-valuenow", "30")
    expect(screen.bar).to_have_attribute("aria-valuetext", re.compile("^0:30 of 2:33:00$"))
    eventually(lambda: stored(api, viewer)["position_seconds"] == 30)


def test_what_plays_is_reported_without_a_touch(open_device: OpenDevice, viewer: str, films: Films, api: httpx.Client) -> None:
    screen = open_device(viewer)
    screen.play(TITLE)
    screen.page.get_by_role("button", name="Speed 60 times").click()
    eventually(lambda: stored(api, viewer)["position_seconds"] > 60, within=30)


def test_a_begun_film_is_asked_for_again_where_its_view_came_later_than_the_page_asked(
    open_device: OpenDevice, viewer: str, films: Films, api: httpx.Client
) -> None:
    screen = open_device(viewer)
    screen.play(TITLE)
    screen.drag_bar_to(0.4)
    eventually(lambda: is_near(api, viewer, 0.4 * films[FILM]["runtime_minutes"] * 60, "laptop"))
    questions = "**/continue-watching*"
    screen.page.route(questions, lambda route: route.fulfill(json={"items": []}))
    with screen.page.expect_response(questions):
        screen.close_player()
    screen.page.unroute(questions)
    expect(screen.begun.filter(has_text=TITLE)).to_be_visible()


@pytest.mark.usefixtures("model")
def test_a_film_watched_to_its_end_is_rated_by_keyboard_and_counts_as_seen(
    open_device: OpenDevice, viewer: str, films: Films, api: httpx.Client
) -> None:
    screen = open_device(viewer)
    screen.play(TITLE)
    screen.bar.focus()
    screen.page.keyboard.press("End")
    card = screen.page.locator(".endcard")
    expect(card).to_be_visible()
    eventually(lambda: stored(api, viewer)["finished"])
    stars = card.get_by_role("slider")
    stars.focus()
    screen.page.keyboard.press("End")
    screen.page.keyboard.press("ArrowLeft")
    screen.pass_over(stars)
    screen.page.keyboard.press("Enter")
    expect(stars).to_have_attribute("aria-valuetext", "4.5 of 5 stars")
    screen.close_player()
    expect(screen.page.locator("#profile .seen")).to_contain_text("1")
    # Of a film that the catalogue knows: what is popular may come from tests that have films of their own.
    expect(screen.page.locator("#profile .shares li").first).to_be_visible()
    expect(screen.begun.filter(has_text=TITLE)).to_have_count(0)
