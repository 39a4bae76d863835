"""What viewers ask of MovieFlix: they look at the page, search, watch a film and rate it.

The order is that of MovieFlix's page and devices; the shares follow from it. In life a film of 90 minutes is 540 positions (one each ten
seconds) beside a dozen other calls, and a test of that would be 97 % positions and test little else. So films run some twenty times faster
here, 24 reports to a film that is watched to its end, and everything else that a viewer does comes that much more often beside a position:

| share | calls |
|---|---|
| 57 % | positions, one by one |
| 0.3 % | batches: one viewer in ten watched without a network, and sends all reports at once |
| 2 % | ratings: most who finish a film rate it |
| 10 % | resume: the row to continue, and where this film stopped |
| 13 % | recommendations and profile: with the page, and again after the film |
| 13 % | catalogue: the rows, two questions while somebody types, a show |
| 3 % | analytics: one viewer in four opens that corner of the page, which asks four questions |

A viewer acts each ten seconds, as a playing device does, so a rate of 150 calls a second is 1,500 viewers at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from loadtests.calls import Call

SECONDS_BETWEEN_CALLS = 10
REPORTS_OF_A_FILM = 24
FINISHES = 0.6
RATES_WHAT_THEY_FINISHED = 0.9
OFFLINE = 0.1
OPENS_ANALYTICS = 0.25
SEARCHES = 2
DEVICES = ("tv", "laptop", "phone")

POSITION, POSITIONS, RATING = "POST /v1/positions", "POST /v1/positions/batch", "POST /v1/ratings"
RESUME, CONTINUE = "GET /v1/users/{user_id}/positions/{show_id}", "GET /v1/users/{user_id}/continue-watching"
RECOMMENDATIONS, PROFILE = "GET /v1/users/{user_id}/recommendations", "GET /v1/users/{user_id}/profile"
SEARCH, SHOW = "GET /v1/shows", "GET /v1/shows/{show_id}"
SUMMARY, TOP_SHOWS, ACTIVITY = "GET /v1/analytics/summary", "GET /v1/analytics/top-shows", "GET /v1/analytics/activity"
DROP_OFF = "GET /v1/analytics/shows/{show_id}/drop-off"
CALLS = (
    *(POSITION, POSITIONS, RATING, RESUME, CONTINUE, RECOMMENDATIONS, PROFILE, SEARCH, SHOW),
    *(SUMMARY, TOP_SHOWS, ACTIVITY, DROP_OFF),
)


@dataclass(frozen=True)
class Show:
    """Of the catalogue."""

    show_id: str
    title: str
    duration_seconds: float


def evenings(user_id: str, shows: Sequence[Show], random: Random) -> Iterator[Call]:
    """One sitting after the other; endless. The first is under way: otherwise all viewers would open the page at the same time."""
    calls = sitting(user_id, shows, random)
    for _ in range(random.randrange(30)):
        next(calls, None)
    while True:
        yield from calls
        calls = sitting(user_id, shows, random)


def sitting(user_id: str, shows: Sequence[Show], random: Random) -> Iterator[Call]:
    """From opening the page to the look at it after the film."""
    show = random.choice(shows)
    user = f"/v1/users/{user_id}"
    yield from _page(user)
    yield Call("catalog-api", SEARCH, "/v1/shows?limit=100")
    for number in range(SEARCHES):
        # As somebody types: a beginning of a word, then more of it.
        yield Call("catalog-api", SEARCH, f"/v1/shows?limit=20&q={_typed(show.title, 3 + 2 * number)}")
    yield Call("catalog-api", SHOW, f"/v1/shows/{show.show_id}")
    yield Call("resume-api", RESUME, f"{user}/positions/{show.show_id}", may_be_missing=True)
    if random.random() < OPENS_ANALYTICS:
        yield from _analytics(show)
    yield from _film(user_id, show, random)
    yield from _page(user)


def _page(user: str) -> Iterator[Call]:
    yield Call("resume-api", CONTINUE, f"{user}/continue-watching?limit=20")
    yield Call("recommendations-api", RECOMMENDATIONS, f"{user}/recommendations?limit=20")
    yield Call("recommendations-api", PROFILE, f"{user}/profile", may_be_missing=True)


def _analytics(show: Show) -> Iterator[Call]:
    yield Call("analytics-api", SUMMARY, "/v1/analytics/summary")
    yield Call("analytics-api", TOP_SHOWS, "/v1/analytics/top-shows?by=ratings&limit=10")
    yield Call("analytics-api", ACTIVITY, "/v1/analytics/activity?interval=day")
    yield Call("analytics-api", DROP_OFF, f"/v1/analytics/shows/{show.show_id}/drop-off?buckets=20")


def _film(user_id: str, show: Show, random: Random) -> Iterator[Call]:
    finishes = random.random() < FINISHES
    reports = REPORTS_OF_A_FILM if finishes else random.randrange(3, REPORTS_OF_A_FILM * 4 // 5)
    device = random.choice(DEVICES)
    watched = [_position(user_id, show, device, number) for number in range(1, reports + 1)]
    if random.random() < OFFLINE:
        yield Call("playback-api", POSITIONS, "/v1/positions/batch", _kept(watched, random), trouble=_rejected)
    else:
        for body in watched:
            yield Call("playback-api", POSITION, "/v1/positions", body)
    if finishes and random.random() < RATES_WHAT_THEY_FINISHED:
        body = {"user_id": user_id, "show_id": show.show_id, "rating": random.randint(1, 10) / 2}
        yield Call("playback-api", RATING, "/v1/ratings", body)


def _position(user_id: str, show: Show, device: str, number: int) -> dict[str, Any]:
    position = show.duration_seconds * number / REPORTS_OF_A_FILM
    return {
        "user_id": user_id,
        "show_id": show.show_id,
        "device_id": device,
        "position_seconds": round(position, 1),
        "duration_seconds": show.duration_seconds,
    }


def _kept(watched: list[dict[str, Any]], random: Random) -> list[dict[str, Any]]:
    """As a device kept them while it had no network: with the times at which they happened, and ids of its own."""
    now = datetime.now(UTC)
    times = [now - timedelta(seconds=SECONDS_BETWEEN_CALLS * number) for number in range(len(watched), 0, -1)]
    return [
        {**body, "occurred_at": time.isoformat(), "event_id": str(UUID(int=random.getrandbits(128), version=4))}
        for body, time in zip(watched, times, strict=True)
    ]


def _rejected(answer: Mapping[str, Any]) -> str | None:
    rejected = answer["rejected"]
    return f"{len(rejected)} of a batch rejected: {rejected[0]['detail']}" if rejected else None


def _typed(title: str, letters: int) -> str:
    """The beginning of a title's longest word, in letters that need no escape."""
    words = ("".join(letter for letter in word if letter.isascii() and letter.isalnum()) for word in title.split())
    return max(words, key=len, default="")[:letters].lower() or "the"
