"""Pauses before the same batch is tried again, each twice as long as the one before."""

from __future__ import annotations

import time

from shared import metrics


class Backoff:
    """Of one poll loop; `check` may be asked from another thread."""

    def __init__(self, first_seconds: float, longest_seconds: float) -> None:
        self._first = first_seconds
        self._longest = longest_seconds
        self._reason: str | None = None
        self.seconds = 0.0
        self.until = 0.0
        """On the monotonic clock."""

    @property
    def waiting(self) -> bool:
        """There is a batch that is to be tried again."""
        return self._reason is not None

    def check(self) -> str | None:
        """For Health: why the last try failed."""
        return self._reason

    def failed(self, error: Exception) -> None:
        metrics.RETRIES.inc()
        self._reason = str(error)
        self.seconds = min(self._longest, self.seconds * 2 or self._first)
        self.until = time.monotonic() + self.seconds

    def reset(self) -> None:
        self._reason = None
        self.seconds = 0.0
