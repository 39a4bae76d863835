"""MovieLens as the evaluation's two tasks: the one to tune on, and the one to be judged by."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from loadtests.evaluation.split import Events, first_of_each, split_by_time
from loadtests.evaluation.task import Task
from services.movieflix.replay.movielens import DataError, Show, read_ratings, read_shows
from services.movieflix.replay.sessions import RatingBody
from shared.clock import to_rfc3339

SHARE = 0.2
RELEVANT_FROM = 4.0
LEAST_PAST = 10
MOST_CELLS = 200_000_000
"""Users x items that the baselines hold in memory as 4 bytes each, some of it several times."""


class Data(NamedTuple):
    shows: list[Show]
    users: list[str]
    movies: list[str]
    """Also those that nobody has rated: the live system knows them from its catalogue."""
    tuning: Task
    """Validation part."""
    test: Task


def read(folder: Path) -> Data:
    """Raises DataError."""
    shows, ratings = read_shows(folder), read_ratings(folder)
    users, user_numbers = np.unique(ratings.users, return_inverse=True)
    movies, movie_numbers = np.unique(ratings.movies, return_inverse=True)
    names = movies.astype(str).tolist()
    names += sorted({show.show_id for show in shows} - set(names))
    if len(users) * len(names) > MOST_CELLS:
        raise DataError(f"{len(users):,} users x {len(names):,} films are too many for the baselines: use ml-latest-small.")
    events = first_of_each(Events(user_numbers.astype(np.int64), movie_numbers.astype(np.int64), ratings.seconds, ratings.halves / 2))
    past, test = split_by_time(events, SHARE)
    learn, validation = split_by_time(past, SHARE)
    sizes = (len(users), len(names), RELEVANT_FROM, LEAST_PAST)
    data = Data(shows, users.astype(str).tolist(), names, Task(learn, validation, *sizes), Task(past, test, *sizes))
    if not data.test.judged or not data.tuning.judged:
        raise DataError(
            f"ratings.csv in {folder} has no user with {LEAST_PAST} ratings in the past and a film rated {RELEVANT_FROM:g} next."
        )
    return data


def past_ratings(data: Data) -> list[RatingBody]:
    """What the live system is told, in order of time; nothing of the test part."""
    past = data.test.past
    order = np.argsort(past.seconds, kind="stable")
    rows = zip(*(column[order].tolist() for column in (past.users, past.items, past.stars, past.seconds)), strict=True)
    return [
        RatingBody(
            data.users[user],
            data.movies[movie],
            stars,
            to_rfc3339(second * 1_000_000),
            f"ml:{data.users[user]}:{data.movies[movie]}:{second}",
        )
        for user, movie, stars, second in rows
    ]


def about(data: Data) -> dict[str, Any]:
    test = data.test
    return {
        "users": test.users,
        "items": test.items,
        "past": len(test.past),
        "next": len(test.next),
        "learn": len(data.tuning.past),
        "validation": len(data.tuning.next),
        "judged_users": len(test.judged),
        "relevant_from": RELEVANT_FROM,
        "relevant": sum(len(test.relevant[user]) for user in test.judged),
        "unknown_share": round(test.unknown_share, 4),
    }
