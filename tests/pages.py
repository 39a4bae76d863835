"""A browser for the tests of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser import HOW, find_browser

SLOW = 20_000
"""Milliseconds that anything on a page may take on a busy machine; Playwright's own five seconds are a quiet one's."""


@contextmanager
def chromium(*options: str) -> Iterator[Browser]:
    """Fails the tests, with what to do, where there is none. What a test expects of a page may take SLOW."""
    expect.set_options(timeout=SLOW)
    path = find_browser()
    if path is None:
        pytest.fail(f"the page tests need a browser: {HOW}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *options]
        )
        yield browser
        browser.close()
