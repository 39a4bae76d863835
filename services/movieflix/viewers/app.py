"""The simulator's outside: gives the viewers a catalogue and a past, then sends what they do, at a steady rate."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Protocol
from uuid import uuid4

from services.movieflix.viewers.domain import Film, PastRating, Rating, Step, household, past_ratings, watching
from shared.clock import Clock, to_rfc3339
from shared.logging import get_logger

log = get_logger(__name__)

BATCH = 1000
SHORTEST_TICK_SECONDS = 0.1
"""At more than ten events a second several go in one call."""


class Api(Protocol):
    async def post(self, path: str, body: Any) -> Any:
        """Repeated until it is answered. Raises RefusedError."""

    async def get(self, path: str) -> Any:
        """None where there is no such thing."""


def load_films(path: Path) -> list[Film]:
    return [Film(**{**film, "genres": tuple(film["genres"])}) for film in json.loads(path.read_text())]


class Simulator:
    """`prepare` once, then `watch` for ever."""

    def __init__(self, films: Sequence[Film], count: int, seed: int, playback: Api, catalog: Api, clock: Clock) -> None:
        self._films = films
        self._seed = seed
        self._playback = playback
        self._catalog = catalog
        self._clock = clock
        self._viewers = household(films, count, seed)
        self._unready: str | None = "the catalogue and the viewers' past are not acknowledged yet"

    def check(self) -> str | None:
        """For Health: None once `prepare` is done."""
        return self._unready

    async def prepare(self) -> None:
        """Catalogue what is absent, and send every past rating; sent again, they change nothing."""
        absent = [film for film in self._films if await self._catalog.get(f"/v1/shows/{film.show_id}") is None]
        for films in _batches(absent):
            await _take_all(self._catalog, "/v1/shows/batch", [asdict(film) for film in films])
        past = [rating for viewer in self._viewers for rating in past_ratings(viewer, self._films, self._seed)]
        for ratings in _batches(past):
            await _take_all(self._playback, "/v1/ratings/batch", [_past(rating) for rating in ratings])
        self._unready = None
        log.info("prepared", catalogued=len(absent), viewers=len(self._viewers), past_ratings=len(past))

    async def watch(self, events_per_second: float) -> None:
        """Send steps at this rate; where an API is away, nobody watches until it is back."""
        if not self._viewers or not events_per_second:
            await asyncio.Event().wait()
        # Seeded with the time too: after a restart the evening goes on with other films.
        steps = watching(self._viewers, self._films, Random(f"{self._seed}:{self._clock()}"))
        tick = max(1 / events_per_second, SHORTEST_TICK_SECONDS)
        loop = asyncio.get_running_loop()
        due, owed = loop.time(), 0.0
        while True:
            owed += tick * events_per_second
            await self._send(list(islice(steps, int(owed))))
            owed -= int(owed)
            # What was missed while an API was away is not made up for.
            due = max(due + tick, loop.time())
            await asyncio.sleep(due - loop.time())

    async def _send(self, steps: Iterable[Step]) -> None:
        bodies: dict[str, list[dict[str, Any]]] = {"/v1/positions": [], "/v1/ratings": []}
        for step in steps:
            path = "/v1/ratings" if isinstance(step, Rating) else "/v1/positions"
            # An id and a time of our own: the same event however often it has to be sent.
            bodies[path].append(asdict(step) | {"event_id": str(uuid4()), "occurred_at": to_rfc3339(self._clock())})
        for path, items in bodies.items():
            if len(items) == 1:
                await self._playback.post(path, items[0])
            for some in _batches(items) if len(items) > 1 else ():
                await _take_all(self._playback, f"{path}/batch", some)


def _past(rating: PastRating) -> dict[str, Any]:
    return asdict(rating) | {"occurred_at": to_rfc3339(rating.occurred_at)}


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


async def _take_all(api: Api, path: str, items: Sequence[Any]) -> None:
    answer = await api.post(path, items)
    if answer["rejected"]:
        raise ValueError(f"{path} rejected {len(answer['rejected'])} of {len(items)} items: {answer['rejected'][0]['detail']}")
