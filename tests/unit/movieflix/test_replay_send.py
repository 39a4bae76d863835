"""Sending: in batches that the API takes, each user's events in order, every answer counted."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from services.movieflix.replay.movielens import Show
from services.movieflix.replay.send import BATCH, Tally, send_sessions, send_shows
from services.movieflix.replay.sessions import PositionBody, RatingBody, Session, session
from shared.http.client import RefusedError

SESSIONS = [session(user=number % 37 + 1, movie=number % 11 + 1, halves=number % 10 + 1, seconds=10**9 + number) for number in range(3000)]


class RecordingApi:
    """Takes everything but what `rejects` names; slower for some calls, so that connections overtake each other."""

    def __init__(self, rejects: str = "") -> None:
        self.taken: dict[str, list[Any]] = {}
        self.sizes: list[int] = []
        self._rejects = rejects

    async def post(self, path: str, body: Any) -> Any:
        await asyncio.sleep(0.001 * (len(self.sizes) % 3))
        self.sizes.append(len(body))
        bad = [{"index": index, "detail": "no"} for index, item in enumerate(body) if getattr(item, "event_id", None) == self._rejects]
        self.taken.setdefault(path, []).extend(body)
        return {"accepted": len(body) - len(bad), "rejected": bad}


class RefusingApi:
    async def post(self, path: str, body: Any) -> Any:
        raise RefusedError("POST", path, 413, "too large")


def send(sessions: list[Session], api: Any, rate: float | None = None) -> Tally:
    tally = Tally()
    asyncio.run(send_sessions(sessions, api, tally, rate))
    return tally


def of_user(items: list[Any], user_id: str) -> list[str]:
    return [item.event_id for item in items if item.user_id == user_id]


def test_every_event_is_sent_once_and_each_users_in_order() -> None:
    api = RecordingApi()
    tally = send(SESSIONS, api)
    positions: list[PositionBody] = api.taken["/v1/positions/batch"]
    ratings: list[RatingBody] = api.taken["/v1/ratings/batch"]
    for user in range(1, 38):
        mine = [one for one in SESSIONS if one.rating.user_id == str(user)]
        assert of_user(positions, str(user)) == [p.event_id for one in mine for p in one.positions]
        assert of_user(ratings, str(user)) == [one.rating.event_id for one in mine]
    assert (tally.positions, tally.ratings) == (len(positions), len(ratings))
    assert tally.acknowledged == tally.events
    assert max(api.sizes) <= BATCH


def test_a_rejected_item_is_counted_and_told() -> None:
    tally = send(SESSIONS, RecordingApi(rejects=SESSIONS[5].rating.event_id))
    assert (tally.rejected, tally.acknowledged) == (1, tally.events - 1)
    assert SESSIONS[5].rating.event_id in tally.rejections[0]


def test_a_refused_batch_ends_the_replay() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        send(SESSIONS, RefusingApi())
    assert caught.group_contains(RefusedError)


def test_a_rate_is_kept_with_small_batches() -> None:
    api = RecordingApi()
    started = time.monotonic()
    tally = send(SESSIONS[:100], api, rate=1000)
    # The last loads are not waited for.
    assert time.monotonic() - started >= (tally.events - 4 * 100 * 1.4) / 1000
    assert max(api.sizes) <= 100


def test_the_tally_knows_the_first_event_and_the_days() -> None:
    tally = send(SESSIONS, RecordingApi())
    times = [time for one in SESSIONS for time in one.position_seconds_since_epoch]
    assert tally.first_second == min(times)
    assert tally.positions_by_day.total() == len(times)


def test_shows_go_in_batches() -> None:
    api, tally = RecordingApi(), Tally()
    asyncio.run(send_shows([Show(str(number), "Title", [], None) for number in range(2500)], api, tally))
    assert api.sizes == [1000, 1000, 500]
    assert (tally.shows, tally.acknowledged) == (2500, 2500)
