"""One line of progress: rewritten in place on a terminal, a new one every few seconds elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TextIO

TERMINAL_SECONDS, LOG_SECONDS = 0.2, 5.0


class Progress:
    """`update` as often as you like."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._interval = TERMINAL_SECONDS if self._out.isatty() else LOG_SECONDS
        self._next = time.monotonic() + self._interval
        self._open = False

    def update(self, line: str) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + self._interval
            self._write(line)

    def say(self, line: str) -> None:
        """A line that stays."""
        if self._open:
            self._out.write("\r\x1b[K")
            self._open = False
        self._out.write(line + "\n")
        self._out.flush()

    def _write(self, line: str) -> None:
        if self._out.isatty():
            # A line that wraps could not be rewritten.
            self._out.write(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}")
            self._open = True
        else:
            self._out.write(line + "\n")
        self._out.flush()
