"""What the launcher says while it works: one line a step, on standard error, safe to call from several threads."""

from __future__ import annotations

import sys
import threading
import time

_lock = threading.Lock()
_started = time.monotonic()


def say(text: str) -> None:
    """Print one line with the seconds since the command began."""
    with _lock:
        print(f"{time.monotonic() - _started:5.1f} s  {text}", file=sys.stderr, flush=True)


def elapsed() -> float:
    """Seconds since the command began."""
    return time.monotonic() - _started
