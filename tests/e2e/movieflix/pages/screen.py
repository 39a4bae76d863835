"""What a person does with the page, in their words; the selectors of the page are here only."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


class Screen:
    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.failures: list[str] = []
        self.foreign: list[str] = []
        self.dialogs: list[str] = []
        page.on("pageerror", lambda error: self.failures.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith((url, "data:", "blob:")) else self.foreign.append(request.url))
        page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))

    def open(self, viewer: str | None, device: str = "laptop") -> None:
        self.page.goto(f"{self.url}/" + (f"#viewer={viewer}&device={device}" if viewer else ""))
        if viewer:
            # Before it knows who watches there are no ghosts yet either.
            expect(self.page).to_have_title(re.compile("^MovieFlix: "))
            expect(self.page.locator("#recommended .ghost")).to_have_count(0)
            expect(self.page.locator("#continue .ghost")).to_have_count(0)

    @property
    def recommended(self) -> Locator:
        return self.page.locator("#recommended .card:not([data-leaving])")

    @property
    def begun(self) -> Locator:
        return self.page.locator("#continue .wide:not([data-leaving])")

    @property
    def bar(self) -> Locator:
        return self.page.locator("#player .seek")

    @property
    def own_records(self) -> Locator:
        return self.page.locator("#events .record.is-mine")

    def search(self, words: str) -> Locator:
        self.page.locator("#query").fill(words)
        return self.page.locator("#results .card:not(.ghost)")

    def play(self, title: str) -> None:
        """From the search to the playing film."""
        self.search(title).filter(has_text=title).first.locator("button").click()
        self.page.locator("#detail .key-gold").click()
        expect(self.bar).to_be_visible()

    def pause(self) -> None:
        self.page.get_by_role("button", name="Pause", exact=True).first.click()

    def close_player(self) -> None:
        self.page.get_by_role("button", name="Close the player").click()
        expect(self.page.locator("#player")).to_be_hidden()
        self.page.locator("#query").fill("")
        expect(self.page.locator("#home")).to_be_visible()

    def drag_bar_to(self, share: float) -> None:
        box = self.bar.bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        self.page.mouse.move(box["x"] + 10, middle)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + box["width"] * share / 2, middle, steps=5)
        self.page.mouse.move(box["x"] + box["width"] * share, middle, steps=5)
        self.page.mouse.up()

    def pass_over(self, thing: Locator) -> None:
        """The mouse goes over it and away again, without a click."""
        box = thing.bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2
        for x in (box["x"] - 20, box["x"] + box["width"] / 2, box["x"] + box["width"] + 20):
            self.page.mouse.move(x, middle)

    def touch_bar_to(self, share: float) -> None:
        """Real touch events: Playwright's own tap cannot move."""
        box = self.bar.bounding_box()
        assert box is not None
        finger = self.page.context.new_cdp_session(self.page)
        y = box["y"] + box["height"] / 2
        points = [box["x"] + 10, box["x"] + box["width"] * share / 2, box["x"] + box["width"] * share]
        for kind, x in zip(("touchStart", "touchMove", "touchMove"), points, strict=True):
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    def position(self) -> float:
        """Seconds that the bar says."""
        return float(self.bar.get_attribute("aria-valuenow") or "nan")

    def is_wider_than_its_window(self) -> bool:
        return bool(self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))
