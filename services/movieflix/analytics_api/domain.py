"""Windows of time, and which shows stand at the top."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

from shared.clock import Micros, from_rfc3339

By = Literal["ratings", "mean_rating", "viewers"]

Interval = Literal["hour", "day", "month"]


class InvalidWindowError(ValueError):
    """`from` or `to` is no time, or they are the wrong way round."""


class Window(NamedTuple):
    """`start` inclusive, `end` exclusive; None is open."""

    start: Micros | None = None
    end: Micros | None = None

    @property
    def everything(self) -> bool:
        return self.start is None and self.end is None


class Summary(msgspec.Struct, frozen=True):
    """Events, and the distinct users and shows in them."""

    positions: int
    ratings: int
    users: int
    shows: int


class Rated(NamedTuple):
    """How a show is rated: one rating a user, the latest."""

    ratings: int
    mean_rating: float


class ShowFigures(msgspec.Struct, frozen=True):
    """A show among the top shows; without a rating the mean is null."""

    show_id: str
    title: str
    ratings: int
    mean_rating: float | None
    viewers: int


class Activity(msgspec.Struct, frozen=True):
    """The events of one hour, day or month in UTC; `start` is its first instant."""

    start: str
    positions: int
    ratings: int


class Reached(msgspec.Struct, frozen=True):
    """How many viewers came at least that far."""

    fraction: float
    viewers: int


class DropOff(msgspec.Struct, frozen=True):
    viewers: int
    items: list[Reached]


def window(start: str | None, end: str | None) -> Window:
    """Raises InvalidWindowError with a sentence for the caller."""
    first, last = _time("from", start), _time("to", end)
    if first is not None and last is not None and first > last:
        raise InvalidWindowError(f"from {start} is after to {end}: from is the beginning, to the end (exclusive)")
    return Window(first, last)


def _time(name: str, text: str | None) -> Micros | None:
    try:
        return None if text is None else from_rfc3339(text)
    except ValueError as error:
        raise InvalidWindowError(f"{name}: {error}") from error


def top_shows(
    rated: Mapping[str, Rated],
    viewers: Mapping[str, int],
    by: By,
    min_ratings: int,
    limit: int,
) -> list[str]:
    """The ids of the first `limit` shows by the asked figure, then by ratings, both falling, then by id. `mean_rating` ranks rated
    shows only."""
    shows: Iterable[str] = rated if by == "mean_rating" else rated.keys() | viewers.keys()
    none = Rated(0, 0.0)

    def rank(show_id: str) -> tuple[float, int, str]:
        ratings, mean = rated.get(show_id, none)
        figure = ratings if by == "ratings" else mean if by == "mean_rating" else viewers.get(show_id, 0)
        return -figure, -ratings, show_id

    return sorted((show for show in shows if rated.get(show, none).ratings >= min_ratings), key=rank)[:limit]


def fractions(buckets: int) -> list[float]:
    """1/buckets to 1."""
    return [i / buckets for i in range(1, buckets + 1)]
