"""Progress for people: one line that is rewritten on a terminal, a few lines elsewhere."""

from __future__ import annotations

import io

import pytest

from shared import progress as module
from shared.progress import Progress


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
