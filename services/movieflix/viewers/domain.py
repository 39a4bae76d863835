"""A household of invented viewers: who they are, what they rated before, and how they go on watching.

Everything follows from a seed. `past_ratings` is the same in every run, ids included, so that sending it again changes nothing; `watching`
never ends, and takes its chances from the random source that it is given.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from uuid import NAMESPACE_URL, uuid5

from services.movieflix.contracts.rules import is_finished
from shared.clock import Micros

PAST_BEGINS: Micros = 1_735_689_600_000_000
"""2025-01-01: after the last rating of any MovieLens release so far, so that a replay and the simulator share no time window."""
PAST_DAYS = 365
PAST_RATINGS = (20, 28)
"""At least and at most, for each viewer: of forty of them, enough that nearly every film of the catalogue is in the model."""

DEVICES = ("tv", "laptop", "phone")
HEARTBEAT_SECONDS = 10.0
"""Of the film, between two positions of a device that plays."""

LIKED_IN_TASTE, LIKED_ELSE = 4.4, 2.9
"""Mean ratings of films with a genre that the viewer prefers, and of others."""

CHANCE_OF_TASTE = 0.8
CHANCE_TO_ABANDON = {True: 0.1, False: 0.5}
"""Of a film that is, or is not, to the viewer's taste."""
CHANCE_TO_RATE = 0.8
CHANCE_TO_SEEK = 0.01
CHANCE_TO_SWITCH = 0.005
"""To another device, or to a seek, at each heartbeat."""


@dataclass(frozen=True)
class Film:
    show_id: str
    title: str
    year: int
    genres: tuple[str, ...]
    runtime_minutes: int


@dataclass(frozen=True)
class Viewer:
    user_id: str
    taste: frozenset[str]

    def likes(self, film: Film) -> bool:
        return not self.taste.isdisjoint(film.genres)


@dataclass(frozen=True)
class PastRating:
    event_id: str
    user_id: str
    show_id: str
    rating: float
    occurred_at: Micros


@dataclass(frozen=True)
class Position:
    user_id: str
    show_id: str
    device_id: str
    position_seconds: float
    duration_seconds: float


@dataclass(frozen=True)
class Rating:
    user_id: str
    show_id: str
    rating: float


Step = Position | Rating


def household(films: Sequence[Film], count: int, seed: int) -> list[Viewer]:
    """Each viewer prefers two or three genres of the catalogue."""
    genres = sorted({genre for film in films for genre in film.genres})
    viewers = []
    for number in range(1, count + 1):
        rng = Random(f"{seed}:{number}:taste")
        viewers.append(Viewer(f"viewer-{seed}-{number:03d}", frozenset(rng.sample(genres, min(len(genres), rng.choice((2, 3)))))))
    return viewers


def past_ratings(viewer: Viewer, films: Sequence[Film], seed: int) -> list[PastRating]:
    """What the viewer rated in the year from PAST_BEGINS on, in order of time; no film twice."""
    rng = Random(f"{seed}:{viewer.user_id}:past")
    chosen: list[Film] = []
    for _ in range(min(len(films), rng.randint(*PAST_RATINGS))):
        chosen.append(_choose(viewer, [film for film in films if film not in chosen], rng))
    times = sorted(PAST_BEGINS + rng.randrange(PAST_DAYS * 86_400) * 1_000_000 for _ in chosen)
    return [
        PastRating(
            str(uuid5(NAMESPACE_URL, f"viewers:{seed}:{viewer.user_id}:{film.show_id}")),
            viewer.user_id,
            film.show_id,
            _rating(viewer, film, rng),
            occurred_at,
        )
        for film, occurred_at in zip(chosen, times, strict=True)
    ]


def watching(viewers: Sequence[Viewer], films: Sequence[Film], rng: Random) -> Iterator[Step]:
    """What all viewers do, merged in the order in which it happens; endless. The first films are under way already."""
    queue: list[tuple[float, int, Iterator[tuple[float, Step]]]] = []
    for number, viewer in enumerate(viewers):
        heapq.heappush(queue, (rng.uniform(0, HEARTBEAT_SECONDS), number, _evenings(viewer, films, Random(rng.getrandbits(64)))))
    while queue:
        time, number, steps = queue[0]
        pause, step = next(steps)
        heapq.heapreplace(queue, (time + pause, number, steps))
        yield step


def _evenings(viewer: Viewer, films: Sequence[Film], rng: Random) -> Iterator[tuple[float, Step]]:
    seen: list[Film] = []
    start = rng.uniform(0, 0.9)
    while True:
        if len(seen) == len(films):
            seen.clear()
        film = _choose(viewer, [film for film in films if film not in seen], rng)
        seen.append(film)
        yield from _session(viewer, film, start, rng)
        start = 0.0


def _session(viewer: Viewer, film: Film, start: float, rng: Random) -> Iterator[tuple[float, Step]]:
    """One film from the fraction `start` to its end, or to where the viewer has had enough."""
    duration = film.runtime_minutes * 60.0
    leaves_at = rng.uniform(start, 1) * duration if rng.random() < CHANCE_TO_ABANDON[viewer.likes(film)] else duration
    device = rng.choice(DEVICES)
    position = start * duration
    while True:
        yield HEARTBEAT_SECONDS, Position(viewer.user_id, film.show_id, device, round(position, 1), duration)
        if position >= leaves_at:
            break
        if rng.random() < CHANCE_TO_SWITCH:
            device = rng.choice([other for other in DEVICES if other != device])
        if rng.random() < CHANCE_TO_SEEK:
            position += rng.uniform(-0.05, 0.15) * duration
        position = min(duration, max(0.0, position + HEARTBEAT_SECONDS))
    if is_finished(position, duration) and rng.random() < CHANCE_TO_RATE:
        yield HEARTBEAT_SECONDS, Rating(viewer.user_id, film.show_id, _rating(viewer, film, rng))


def _choose(viewer: Viewer, films: Sequence[Film], rng: Random) -> Film:
    """Mostly to the viewer's taste."""
    liked = [film for film in films if viewer.likes(film)]
    return rng.choice(liked if liked and rng.random() < CHANCE_OF_TASTE else films)


def _rating(viewer: Viewer, film: Film, rng: Random) -> float:
    """In halves from 0.5 to 5."""
    mean = LIKED_IN_TASTE if viewer.likes(film) else LIKED_ELSE
    return min(5.0, max(0.5, round(rng.gauss(mean, 0.7) * 2) / 2))
