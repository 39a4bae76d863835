"""Viewers whose positions and ratings come late, shuffled, twice, and sometimes twice with other content: all from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from services.movieflix.contracts.topics import SHOW_POSITION, SHOW_RATING
from shared.clock import Micros, from_rfc3339, to_rfc3339
from tests.chaos.flow import DAY, Batch, long_ago
from tests.chaos.ledger import Event
from tests.chaos.streams import Stream

POSITIONS = "/v1/positions/batch"
RATINGS = "/v1/ratings/batch"
PATHS = {SHOW_POSITION.name: POSITIONS, SHOW_RATING.name: RATINGS}
GENRES = ("Drama", "Comedy", "Western", "Horror", "Adventure", "Documentary", "Romance")

SPAN: Micros = 20 * DAY
SHOWS = 120
SHOWS_OF_A_USER = 30
LATE, LATE_BY = 0.05, 3 * DAY
RATED, FINISHED = 0.2, 0.15
CHANGED = 0.005
"""Of what may be sent again under the same id with other content."""


@dataclass(frozen=True)
class World:
    """The names of one run."""

    seed: int
    run: str
    users: int = 300
    start: Micros = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", long_ago(self.seed))

    @property
    def end(self) -> Micros:
        return self.start + SPAN + DAY

    def user(self, number: int) -> str:
        return f"viewer-{self.run}-{number}"

    def show(self, number: int) -> str:
        return f"film-{self.run}-{number}"

    def duration(self, number: int) -> float:
        return float(3000 + 60 * number)

    def catalogue(self) -> list[dict[str, Any]]:
        """As catalog-api takes it."""
        return [
            {"show_id": self.show(n), "title": f"Film {n} of {self.run}", "genres": sorted({GENRES[n % 7], GENRES[n // 7 % 7]})}
            for n in range(SHOWS)
        ]

    def streams(self, events: int, count: int) -> list[list[Batch]]:
        """`events` different events in `count` streams; what concerns one user is in one stream."""
        chance = random.Random(self.seed + 1)
        favourites = [chance.sample(range(SHOWS), SHOWS_OF_A_USER) for _ in range(self.users)]
        streams = [Stream(chance, CHANGED) for _ in range(count)]
        for number in range(events):
            user = chance.randrange(self.users)
            stream = streams[user % count]
            event = self._event(number, events, user, favourites[user], chance)
            stream.add(event, _changed if event.topic == SHOW_POSITION.name else None)
        return [list(stream.batches(PATHS)) for stream in streams]

    def _event(self, number: int, events: int, user: int, favourites: list[int], chance: random.Random) -> Event:
        occurred_at = self.start + LATE_BY + number * ((SPAN - LATE_BY) // events)
        if chance.random() < LATE:
            occurred_at -= chance.randrange(LATE_BY)
        show = favourites[min(int(chance.expovariate(0.12)), SHOWS_OF_A_USER - 1)]
        common = {"user_id": self.user(user), "show_id": self.show(show), "occurred_at": to_rfc3339(occurred_at)}
        if chance.random() < RATED:
            return rating(f"{self.run}-r{number}", common | {"rating": chance.randint(1, 10) / 2})
        duration = self.duration(show)
        position = duration if chance.random() < FINISHED else round(chance.uniform(0, duration), 1)
        return position_event(f"{self.run}-p{number}", common | {"position_seconds": position, "duration_seconds": duration})


def rating(event_id: str, body: dict[str, Any]) -> Event:
    return Event(SHOW_RATING.name, body["user_id"], event_id, body | {"event_id": event_id})


def position_event(event_id: str, body: dict[str, Any]) -> Event:
    return Event(SHOW_POSITION.name, body["user_id"], event_id, body | {"event_id": event_id, "device_id": "tv"})


def _changed(event: Event) -> Event:
    """The retry of a device that has gone on meanwhile: later, and elsewhere. It must change nothing."""
    later = to_rfc3339(from_rfc3339(event.body["occurred_at"]) + 1_000_000)
    return Event(event.topic, event.key, event.event_id, {**event.body, "occurred_at": later, "position_seconds": 1.25})
