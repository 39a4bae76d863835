"""What analytics-api should answer for the replayed window, recomputed from the files, and what it does answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import numpy as np

from services.movieflix.replay.movielens import Ratings, Show
from services.movieflix.replay.send import Tally
from shared.clock import to_rfc3339

TOP = 100
MIN_RATINGS = 50


class Api(Protocol):
    async def get(self, path: str, **query: Any) -> Any: ...


@dataclass(frozen=True)
class Question:
    """A call to analytics-api, and its answer as the files have it."""

    name: str
    path: str
    query: dict[str, Any]
    expected: dict[str, Any]


def questions(shows: list[Show], ratings: Ratings, tally: Tally) -> list[Question]:
    """All within the window of the replayed events, so that others (a simulator's, a person's) do not count."""
    assert tally.first_second is not None
    window = {"from": to_rfc3339(tally.first_second * 1_000_000), "to": to_rfc3339((int(ratings.seconds[-1]) + 1) * 1_000_000)}
    summary = {
        "positions": tally.positions,
        "ratings": len(ratings),
        "users": len(np.unique(ratings.users)),
        "shows": len(np.unique(ratings.movies)),
    }
    top = _top_shows(shows, ratings)
    base = "/v1/analytics"
    return [
        Question("summary", f"{base}/summary", window, summary),
        Question("activity by month", f"{base}/activity", window | {"interval": "month"}, {"items": _activity(ratings, tally)}),
        *(
            Question(f"top shows by {by}", f"{base}/top-shows", window | {"by": by, "limit": TOP} | more, {"items": _best(top, by, least)})
            for by, least, more in (
                ("ratings", 0, {}),
                ("viewers", 0, {}),
                ("mean_rating", MIN_RATINGS, {"min_ratings": MIN_RATINGS}),
            )
        ),
    ]


async def differences(questions: list[Question], analytics: Api) -> list[str]:
    """A sentence for each answer that is not as recomputed."""
    found = []
    for question in questions:
        answer = await analytics.get(question.path, **question.query)
        if answer != question.expected:
            found.append(f"{question.name}: {_first_difference(answer, question.expected)}")
    return found


def _top_shows(shows: list[Show], ratings: Ratings) -> list[dict[str, Any]]:
    """A rating's latest wins; every rater has a position, so viewers are the distinct raters."""
    titles = {show.show_id: show.title for show in shows}
    # Ratings are in order of time: the last row of each (user, movie) is the one that counts.
    pairs = ratings.users.astype(np.int64) << 32 | ratings.movies
    _, last = np.unique(pairs[::-1], return_index=True)
    counted = len(ratings) - 1 - last
    movies, inverse = np.unique(ratings.movies[counted], return_inverse=True)
    counts = np.bincount(inverse)
    halves = np.bincount(inverse, weights=ratings.halves[counted])
    return [
        {
            "show_id": str(movie),
            "title": titles.get(str(movie), str(movie)),
            "ratings": int(count),
            "mean_rating": float(total) / 2 / int(count),
            "viewers": int(count),
        }
        for movie, count, total in zip(movies.tolist(), counts.tolist(), halves.tolist(), strict=True)
    ]


def _best(top: list[dict[str, Any]], by: str, min_ratings: int) -> list[dict[str, Any]]:
    chosen = [show for show in top if show["ratings"] >= min_ratings]
    return sorted(chosen, key=lambda show: (-show[by], -show["ratings"], show["show_id"]))[:TOP]


def _activity(ratings: Ratings, tally: Tally) -> list[dict[str, Any]]:
    positions: Counter[str] = Counter()
    rated: Counter[str] = Counter()
    for day, count in tally.positions_by_day.items():
        positions[_month(day)] += count
    days, counts = np.unique(ratings.seconds // 86_400, return_counts=True)
    for day, count in zip(days.tolist(), counts.tolist(), strict=True):
        rated[_month(day)] += count
    months = sorted(positions.keys() | rated.keys())
    return [{"start": month, "positions": positions[month], "ratings": rated[month]} for month in months]


def _month(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).strftime("%Y-%m-01T00:00:00Z")


def _first_difference(answer: Any, expected: Any) -> str:
    if isinstance(answer, dict) and isinstance(expected, dict) and "items" in answer and "items" in expected:
        for place, (got, wanted) in enumerate(zip(answer["items"], expected["items"], strict=False), start=1):
            if got != wanted:
                return f"item {place} is {got}, the files have {wanted}"
        return f"{len(answer['items'])} items, the files have {len(expected['items'])}"
    return f"{answer}, the files have {expected}"
