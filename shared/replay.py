"""What every replay of a data set shares: the APIs that it sends to and asks, its last comparison, and how it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from shared.http.client import ApiClient, RefusedError, SilentError
from shared.progress import Progress
from shared.settings import service_url

API_PATIENCE_SECONDS = 300.0
"""Longer than a restart of anything takes: what does not answer for so long was stopped."""
FRESH_WITHIN_SECONDS = 30.0
"""Elasticsearch shows what was written at its next refresh."""


def api(case: str, service: str, progress: Progress) -> ApiClient:
    """Raises KeyError as `service_url` does."""
    return ApiClient(service_url(case, service), lambda reason: progress.update(f"waiting: {reason}"), API_PATIENCE_SECONDS)


async def agrees(differences: Callable[[], Awaitable[list[str]]], progress: Progress, within: float = FRESH_WITHIN_SECONDS) -> bool:
    """Whether nothing differs any more after `within` seconds; what still does is told."""
    deadline = time.monotonic() + within
    while different := await differences():
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(0.5)
    for sentence in different:
        progress.say(f"DIFFERENT  {sentence}")
    if different:
        progress.say("Other events in the same window (another data set, or events of your own) make such differences: see 'make clean'.")
    return not different


def exit_code(work: Callable[[], bool], progress: Progress, *told: type[Exception]) -> int:
    """0 where `work` returns True, 1 where it does not, or raises what is `told` or means an API, whose sentence is said; 130 by Ctrl-C."""
    expected: tuple[type[Exception], ...] = (RefusedError, SilentError, KeyError, *told)
    code = 1
    try:
        code = 0 if work() else 1
    # In groups, since what is sent at the same time may fail together.
    except* expected as errors:
        progress.say(str(errors.exceptions[0].args[0]))
    except* KeyboardInterrupt:
        progress.say("Interrupted. Run it again at any time: what was sent already counts once.")
        code = 130
    return code
