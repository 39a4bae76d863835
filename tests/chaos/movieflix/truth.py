"""What every view of MovieFlix must show, recomputed from the ledger alone: the rules once more, written for reading and not for speed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from services.movieflix.contracts.rules import LIKED_FROM, fraction_watched, is_finished
from shared.clock import from_rfc3339, to_rfc3339
from tests.chaos.ledger import Event

UNRATED_STARS = 3.0
Pair = tuple[str, str]
"""User and show."""


def _version(event: Event) -> tuple[int, str]:
    return from_rfc3339(event.body["occurred_at"]), event.event_id


def _pair(event: Event) -> Pair:
    return event.body["user_id"], event.body["show_id"]


def _finished(event: Event) -> bool:
    return is_finished(event.body["position_seconds"], event.body["duration_seconds"])


def latest(events: Iterable[Event]) -> dict[Pair, Event]:
    """Of each user and show the event with the highest (occurred_at, event_id)."""
    found: dict[Pair, Event] = {}
    for event in events:
        key = _pair(event)
        if key not in found or _version(event) > _version(found[key]):
            found[key] = event
    return found


class Truth:
    """The answers, from positions, ratings and the catalogue."""

    def __init__(self, positions: list[Event], ratings: list[Event], catalogue: list[dict[str, Any]]) -> None:
        self.positions = positions
        self.ratings = ratings
        self._titles = {show["show_id"]: show["title"] for show in catalogue}
        self._genres: Mapping[str, list[str]] = {show["show_id"]: show["genres"] for show in catalogue}
        self.current_position = latest(positions)
        self.current_rating = latest(ratings)
        self.finished = {_pair(event) for event in positions if _finished(event)}
        self.begun = {_pair(event) for event in positions} | self.current_rating.keys()
        self.users = sorted({user for user, _ in self.begun})

    def resume(self) -> dict[Pair, dict[str, Any]]:
        return {pair: _answer(event) for pair, event in self.current_position.items()}

    def continue_watching(self, limit: int) -> dict[str, list[dict[str, Any]]]:
        unfinished: dict[str, list[Event]] = {user: [] for user in self.users}
        for (user, _), event in self.current_position.items():
            if not _finished(event):
                unfinished[user].append(event)
        return {
            user: [_answer(event) for event in sorted(events, key=lambda e: (_version(e)[0], e.body["show_id"]), reverse=True)[:limit]]
            for user, events in unfinished.items()
        }

    def summary(self) -> dict[str, int]:
        everything = self.positions + self.ratings
        return {
            "positions": len(self.positions),
            "ratings": len(self.ratings),
            "users": len({event.body["user_id"] for event in everything}),
            "shows": len({event.body["show_id"] for event in everything}),
        }

    def top_shows(self, by: str, limit: int) -> list[dict[str, Any]]:
        stars: dict[str, list[float]] = defaultdict(list)
        viewers: dict[str, set[str]] = defaultdict(set)
        for (_, show), event in self.current_rating.items():
            stars[show].append(event.body["rating"])
        for user, show in self.current_position:
            viewers[show].add(user)
        shows = stars.keys() if by == "mean_rating" else stars.keys() | viewers.keys()
        figures = [
            {
                "show_id": show,
                "title": self._titles.get(show, show),
                "ratings": len(stars.get(show, ())),
                "mean_rating": sum(stars[show]) / len(stars[show]) if stars.get(show) else None,
                "viewers": len(viewers.get(show, ())),
            }
            for show in shows
        ]
        return sorted(figures, key=lambda show: (-(show[by] or 0), -show["ratings"], show["show_id"]))[:limit]

    def activity(self, interval: str) -> list[dict[str, Any]]:
        places = {"hour": (13, ":00:00Z"), "day": (10, "T00:00:00Z"), "month": (7, "-01T00:00:00Z")}
        length, rest = places[interval]
        positions = Counter(event.body["occurred_at"][:length] + rest for event in self.positions)
        ratings = Counter(event.body["occurred_at"][:length] + rest for event in self.ratings)
        starts = sorted(positions.keys() | ratings.keys())
        return [{"start": start, "positions": positions[start], "ratings": ratings[start]} for start in starts]

    def drop_off(self, buckets: int) -> dict[str, dict[str, Any]]:
        furthest: dict[Pair, float] = {}
        for event in self.positions:
            fraction = fraction_watched(event.body["position_seconds"], event.body["duration_seconds"])
            furthest[_pair(event)] = max(fraction, furthest.get(_pair(event), 0.0))
        reached: dict[str, list[float]] = defaultdict(list)
        for (_, show), fraction in furthest.items():
            reached[show].append(fraction)
        return {
            show: {
                "viewers": len(fractions),
                "items": [
                    {"fraction": n / buckets, "viewers": sum(fraction >= n / buckets for fraction in fractions)}
                    for n in range(1, buckets + 1)
                ],
            }
            for show, fractions in reached.items()
        }

    def stars(self, user: str, show: str) -> float:
        """What a show weighs in the user's profile."""
        rated = self.current_rating.get((user, show))
        return rated.body["rating"] if rated else UNRATED_STARS if (user, show) in self.finished else 0.0

    def shows_of(self) -> dict[str, set[str]]:
        """By user all that they began, finished or rated: none of it may be recommended."""
        shows: dict[str, set[str]] = {user: set() for user in self.users}
        for user, show in self.begun:
            shows[user].add(show)
        return shows

    def liked_by(self) -> dict[str, set[str]]:
        liked: dict[str, set[str]] = {user: set() for user in self.users}
        for user, show in self.begun:
            rated = self.current_rating.get((user, show))
            if rated.body["rating"] >= LIKED_FROM if rated else (user, show) in self.finished:
                liked[user].add(show)
        return liked

    def profiles(self) -> dict[str, dict[str, Any]]:
        """`seen`, and the share of each genre of the stars of what the catalogue knows."""
        found = {}
        for user, shows in self.shows_of().items():
            stars: dict[str, float] = defaultdict(float)
            for show in shows:
                for genre in self._genres.get(show, ()):
                    stars[genre] += self.stars(user, show) / len(self._genres[show])
            total = sum(stars.values())
            found[user] = {
                "seen": sum((user, show) in self.finished or (user, show) in self.current_rating for show in shows),
                "genres": {genre: share / total for genre, share in stars.items() if share > 0},
            }
        return found


def _answer(event: Event) -> dict[str, Any]:
    names = ("user_id", "show_id", "position_seconds", "duration_seconds", "device_id", "occurred_at")
    return {name: event.body[name] for name in names} | {"finished": _finished(event)}


def document(event: Event) -> dict[str, Any]:
    """As the analytics store holds it."""
    return {**event.body, "occurred_at": to_rfc3339(from_rfc3339(event.body["occurred_at"]))}
