"""A window of time, as a question names it: `from` (inclusive) and `to` (exclusive), either of them open."""

from __future__ import annotations

from typing import NamedTuple

from shared.clock import Micros, from_rfc3339


class InvalidWindowError(ValueError):
    """`from` or `to` is no time, or they are the wrong way round."""


class Window(NamedTuple):
    """`start` inclusive, `end` exclusive; None is open."""

    start: Micros | None = None
    end: Micros | None = None

    @property
    def everything(self) -> bool:
        return self.start is None and self.end is None


def window(start: str | None, end: str | None) -> Window:
    """Of RFC 3339 times. Raises InvalidWindowError with a sentence for the caller."""
    first, last = _time("from", start), _time("to", end)
    if first is not None and last is not None and first > last:
        raise InvalidWindowError(f"from {start} is after to {end}: from is the beginning, to the end (exclusive)")
    return Window(first, last)


def _time(name: str, text: str | None) -> Micros | None:
    try:
        return None if text is None else from_rfc3339(text)
    except ValueError as error:
        raise InvalidWindowError(f"{name}: {error}") from error
