"""How fast a file is replayed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import msgspec

from services.ingestion.contracts.sources import at
from services.ingestion.replay.files import File
from shared.arguments import above_zero
from shared.clock import from_rfc3339

Pace = Callable[[File, int], AsyncIterator[list[bytes]]]
"""Batches of a file's lines, of a most number each, when they are due."""

TICK_SECONDS = 0.1


def pace(text: str) -> Pace:
    """`500` events a second, `60x` as fast as they happened, or `max`. Raises argparse.ArgumentTypeError."""
    if text == "max":
        return _at_once
    otherwise = f"{text!r} is no rate: give events a second, as in 500, a speed, as in 60x, or max"
    number = above_zero(text.removesuffix("x"), otherwise)
    if text.endswith("x"):
        return lambda file, most: _timed(file, most, _happened(file, number))
    return lambda file, most: _timed(file, most, [i / number for i in range(len(file.lines))])


async def _at_once(file: File, most: int) -> AsyncIterator[list[bytes]]:
    for start in range(0, len(file.lines), most):
        yield file.lines[start : start + most]
        await asyncio.sleep(0)


def _happened(file: File, speed: float) -> list[float]:
    """When each line is due, in seconds from the start. A file that is not in order is sent as it stands, never back in time."""
    due, latest, first = [], 0.0, None
    for line in file.lines:
        try:
            time = from_rfc3339(at(msgspec.json.decode(line), file.time))
        except (ValueError, TypeError, msgspec.DecodeError, AttributeError):
            due.append(latest)  # the door says what is wrong with it
            continue
        first = time if first is None else first
        latest = max(latest, (time - first) / 1e6 / speed)
        due.append(latest)
    return due


async def _timed(file: File, most: int, due: list[float]) -> AsyncIterator[list[bytes]]:
    loop = asyncio.get_running_loop()
    started, sent = loop.time(), 0
    while sent < len(file.lines):
        now = loop.time() - started
        end = sent
        while end < len(due) and end - sent < most and due[end] <= now:
            end += 1
        if end > sent:
            yield file.lines[sent:end]
            sent = end
        else:
            await asyncio.sleep(min(TICK_SECONDS, max(0.0, due[sent] - now)) or TICK_SECONDS)
