"""Progress for people: one line that is rewritten on a terminal, a few lines elsewhere."""

from __future__ import annotations

import io

import pytest

from services.movieflix.replay import progress as module
from services.movieflix.replay.progress import Progress, rate_and_rest


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TERMINAL_SECONDS", 0.0)
    monkeypatch.setattr(module, "LOG_SECONDS", 0.0)


def test_a_terminal_line_is_rewritten_and_never_wraps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    screen = Screen()
    progress = Progress(screen)
    progress.update("one")
    progress.update("x" * 100)
    progress.say("done")
    assert screen.getvalue() == f"\r\x1b[Kone\r\x1b[K{'x' * 19}\r\x1b[Kdone\n"


def test_a_log_gets_whole_lines() -> None:
    log = io.StringIO()
    progress = Progress(log)
    progress.update("one")
    progress.say("done")
    assert log.getvalue() == "one\ndone\n"


def test_rate_and_rest_are_told_in_words() -> None:
    assert rate_and_rest(500, 2000, 1750, 10) == "500 of 2,000 ratings (25 %), 1,750 events, 175 events/s, 30 s left"
    assert rate_and_rest(0, 2000, 0, 0) == "0 of 2,000 ratings (0 %), 0 events, 0 events/s, no rate yet"
