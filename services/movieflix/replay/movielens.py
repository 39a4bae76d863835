"""A MovieLens folder as GroupLens ships it (ml-latest-small, ml-latest, ml-25m, ml-32m), its files plain or gzipped."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

MOVIES_HEADER = "movieId,title,genres"
RATINGS_HEADER = "userId,movieId,rating,timestamp"
NO_GENRES = "(no genres listed)"
AS_SHIPPED = "DATA_DIR must be a MovieLens folder as its publisher ships it (https://grouplens.org/datasets/movielens/)"

_TITLE_WITH_YEAR = re.compile(r"^(?P<title>.+?)\s*\((?P<year>\d{4})\)$")
_ROW = np.dtype([("user", np.int32), ("movie", np.int32), ("rating", np.float32), ("time", np.int64)])


class DataError(ValueError):
    """The folder is not what it should be; the message names the file and the mend."""


class Show(msgspec.Struct, frozen=True):
    """An entry of the catalogue, as catalog-api takes it. MovieLens tells no running time."""

    show_id: str
    title: str
    genres: list[str]
    year: int | None


@dataclass(frozen=True)
class Ratings:
    """All ratings in order of time, as columns: a release of 32 million fits in memory. `halves` is twice the rating."""

    users: NDArray[np.int32]
    movies: NDArray[np.int32]
    halves: NDArray[np.int8]
    seconds: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.users)

    def rows(self) -> Iterator[tuple[int, int, int, int]]:
        """(user, movie, halves, seconds since the epoch)."""
        for start in range(0, len(self), 100_000):
            part = slice(start, start + 100_000)
            columns = (self.users[part], self.movies[part], self.halves[part], self.seconds[part])
            yield from zip(*(column.tolist() for column in columns), strict=True)


def read_shows(folder: Path) -> list[Show]:
    """Raises DataError."""
    with _opened(folder, "movies.csv", MOVIES_HEADER) as lines:
        shows = []
        for number, row in enumerate(csv.reader(lines), start=2):
            if len(row) != 3:
                raise DataError(f"movies.csv, line {number}: {len(row)} columns instead of 3; {AS_SHIPPED}")
            shows.append(_show(*row))
    return shows


def read_ratings(folder: Path) -> Ratings:
    """Ties in time are ordered by user and movie. A row that is there twice counts once. Raises DataError."""
    with _opened(folder, "ratings.csv", RATINGS_HEADER) as lines:
        try:
            rows: Any = np.loadtxt(lines, dtype=_ROW, delimiter=",", ndmin=1)
        except ValueError as error:
            raise DataError(f"ratings.csv: {error}; {AS_SHIPPED}") from error
    rows = rows[np.lexsort((rows["movie"], rows["user"], rows["time"]))]
    again = np.ones(len(rows) - 1, dtype=bool)
    for name in ("user", "movie", "time"):
        again &= rows[name][1:] == rows[name][:-1]
    rows = np.delete(rows, np.flatnonzero(again) + 1)
    return Ratings(rows["user"], rows["movie"], np.rint(rows["rating"] * 2).astype(np.int8), rows["time"])


def _show(movie: str, title: str, genres: str) -> Show:
    """`Toy Story (1995)` -> Toy Story, 1995; a title that ends otherwise stays whole, without a year."""
    match = _TITLE_WITH_YEAR.match(title.strip())
    name, year = (match["title"], int(match["year"])) if match else (title.strip(), None)
    return Show(movie, name, [] if genres == NO_GENRES else genres.split("|"), year)


def _opened(folder: Path, name: str, header: str) -> TextIO:
    """The file after its header, plain or gzipped. Raises DataError."""
    path = next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)
    if path is None:
        raise DataError(f"There is no {name} or {name}.gz in {folder}: {AS_SHIPPED}.")
    opened = gzip.open if path.suffix == ".gz" else open
    lines = cast(TextIO, opened(path, "rt", encoding="utf-8", newline=""))
    found = lines.readline().rstrip("\r\n")
    if found != header:
        lines.close()
        raise DataError(f"{name} begins with {found[:100]!r}, not with {header!r}: {AS_SHIPPED}.")
    return lines
