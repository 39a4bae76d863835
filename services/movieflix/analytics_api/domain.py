"""Which shows stand at the top, and the answers' shapes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

import msgspec

By = Literal["ratings", "mean_rating", "viewers"]

Interval = Literal["hour", "day", "month"]


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
