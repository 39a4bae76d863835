"""The recomputation from the files, against a plain loop over the same rows; and how differences are told."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, datetime
from random import Random
from typing import Any

import numpy as np

from services.movieflix.replay.check import Question, differences, questions
from services.movieflix.replay.movielens import Ratings, Show
from services.movieflix.replay.send import Tally
from services.movieflix.replay.sessions import session

RNG = Random(7)
# Few users and movies, so that many rate the same again: the latest counts.
ROWS = sorted(
    {(RNG.randint(1, 20), RNG.randint(1, 8), 10**9 + RNG.randrange(10**7)): RNG.randint(1, 10) for _ in range(600)}.items(),
    key=lambda row: (row[0][2], row[0][0], row[0][1]),
)
SHOWS = [Show(str(movie), f"Film {movie}", [], None) for movie in range(1, 8)]


def asked() -> dict[str, Question]:
    users, movies, halves, seconds = zip(*((user, movie, halves, seconds) for (user, movie, seconds), halves in ROWS), strict=True)
    ratings = Ratings(np.array(users, np.int32), np.array(movies, np.int32), np.array(halves, np.int8), np.array(seconds, np.int64))
    tally = Tally()
    for row in ratings.rows():
        tally.count(session(*row))
    return {question.name: question for question in questions(SHOWS, ratings, tally)}


def test_the_summary_counts_events_and_distinct_users_and_shows() -> None:
    summary = asked()["summary"].expected
    positions = sum(len(session(user, movie, halves, seconds).positions) for (user, movie, seconds), halves in ROWS)
    assert summary == {"positions": positions, "ratings": len(ROWS), "users": 20, "shows": 8}


def test_the_latest_rating_of_a_user_counts_in_the_means() -> None:
    latest: dict[str, dict[int, float]] = defaultdict(dict)
    for (user, movie, _), halves in ROWS:
        latest[str(movie)][user] = halves / 2
    items = asked()["top shows by ratings"].expected["items"]
    assert {item["show_id"]: (item["ratings"], item["mean_rating"], item["viewers"]) for item in items} == {
        movie: (len(by_user), sum(by_user.values()) / len(by_user), len(by_user)) for movie, by_user in latest.items()
    }
    assert items == sorted(items, key=lambda item: (-item["ratings"], item["show_id"]))
    assert {item["title"] for item in items} == {f"Film {movie}" for movie in range(1, 8)} | {"8"}


def test_activity_has_every_month_with_events() -> None:
    items = asked()["activity by month"].expected["items"]
    months: dict[str, int] = defaultdict(int)
    for (_, _, seconds), _ in ROWS:
        months[datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-01T00:00:00Z")] += 1
    assert {item["start"]: item["ratings"] for item in items if item["ratings"]} == months
    assert [item["start"] for item in items] == sorted(item["start"] for item in items)


def test_the_window_ends_just_after_the_last_rating() -> None:
    assert asked()["summary"].query["to"] == datetime.fromtimestamp(ROWS[-1][0][2] + 1, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Analytics:
    def __init__(self, answers: dict[str, Any]) -> None:
        self._answers = answers

    async def get(self, path: str, **query: Any) -> Any:
        return self._answers[path]


def test_a_different_answer_is_told_with_both_sides() -> None:
    question = Question("top", "/top", {}, {"items": [{"show_id": "1"}, {"show_id": "2"}]})
    assert asyncio.run(differences([question], Analytics({"/top": question.expected}))) == []
    (sentence,) = asyncio.run(differences([question], Analytics({"/top": {"items": [{"show_id": "1"}, {"show_id": "3"}]}})))
    assert sentence == "top: item 2 is {'show_id': '3'}, the files have {'show_id': '2'}"
