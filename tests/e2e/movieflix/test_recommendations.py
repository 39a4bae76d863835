"""Profile and recommendations over HTTP on the running stack; each test has users of its own."""

from __future__ import annotations

import itertools
import json
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.testing.eventually import eventually
from tests.chaos.processes import Processes
from tests.conftest import Stack

pytestmark = pytest.mark.timeout(400)  # a model is trained after a minute of nothing much new

FANS = 12
GENRES = {"horror": range(0, 10), "western": range(10, 20)}


class MovieFlix:
    """The calls that these tests make."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._http = httpx.Client(timeout=40, trust_env=False)

    def rate(self, ratings: list[dict[str, Any]]) -> None:
        answer = self._http.post(f"{self._stack.url('movieflix', 'playback-api')}/v1/ratings/batch", json=ratings).raise_for_status().json()
        assert answer == {"accepted": len(ratings), "rejected": []}

    def watch(self, user_id: str, show_id: str, position: float) -> None:
        body = {"user_id": user_id, "show_id": show_id, "device_id": "tv", "position_seconds": position, "duration_seconds": 100}
        self._http.post(f"{self._stack.url('movieflix', 'playback-api')}/v1/positions", json=body).raise_for_status()

    def recommendations(self, user_id: str, limit: int = 25) -> dict[str, Any]:
        answer: dict[str, Any] = self._get(f"{user_id}/recommendations?limit={limit}").raise_for_status().json()
        return answer

    def shows(self, user_id: str) -> list[str]:
        return [item["show_id"] for item in self.recommendations(user_id)["items"]]

    def profile(self, user_id: str) -> dict[str, Any]:
        """Raises LookupError while nothing is known of the user."""
        answer = self._get(f"{user_id}/profile")
        if answer.status_code == 404:
            raise LookupError(answer.text)
        profile: dict[str, Any] = answer.raise_for_status().json()
        return profile

    def stream(self, user_id: str, last_event_id: str = "") -> Any:
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        return self._http.stream("GET", f"{self._users}/{user_id}/recommendations/stream", headers=headers)

    @property
    def _users(self) -> str:
        return f"{self._stack.url('movieflix', 'recommendations-api')}/v1/users"

    def _get(self, path: str) -> httpx.Response:
        return self._http.get(f"{self._users}/{path}")


@pytest.fixture(scope="module")
def movieflix(stack: Stack) -> MovieFlix:
    return MovieFlix(stack)


@pytest.fixture(scope="module")
def shows(movieflix: MovieFlix) -> dict[str, list[str]]:
    """Ten shows of two genres each, which their fans rate alike, in a model that knows them."""
    run = uuid4().hex[:8]
    shows = {genre: [f"{genre}-{number}-{run}" for number in numbers] for genre, numbers in GENRES.items()}
    rng = random.Random(run)
    ratings = [
        {"user_id": f"fan-{genre}-{fan}-{run}", "show_id": show, "rating": 4.5}
        for genre, ids in shows.items()
        for fan in range(FANS)
        for show in rng.sample(ids, 8)
    ]
    movieflix.rate(ratings)
    # A model of the first few ratings may know one genre only, and is followed by another in the middle of a test.
    for genre, (liked, *_) in shows.items():
        movieflix.rate([{"user_id": f"probe-{genre}-{run}", "show_id": liked, "rating": 5}])

    def all_known() -> bool:
        return all(set(ids[1:]) <= set(movieflix.shows(f"probe-{genre}-{run}")) for genre, ids in shows.items())

    eventually(all_known, within=200, every=0.5)
    return shows


@pytest.fixture
def user() -> str:
    return f"user-{uuid4().hex[:12]}"


def events_of(response: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    event_id = ""
    for line in response.iter_lines():
        if line.startswith("id: "):
            event_id = line[4:]
        elif line.startswith("data: "):
            yield event_id, json.loads(line[6:])


def test_a_newcomer_gets_what_is_popular_and_has_no_profile(movieflix: MovieFlix, shows: dict[str, list[str]], user: str) -> None:
    answer = movieflix.recommendations(user, limit=3)
    assert answer["user_id"] == user and answer["fallback"] == "popular" and len(answer["items"]) == 3
    with pytest.raises(LookupError):
        movieflix.profile(user)


def test_a_rating_changes_the_recommendations_and_is_their_reason(movieflix: MovieFlix, shows: dict[str, list[str]], user: str) -> None:
    liked, *others = shows["western"]
    movieflix.rate([{"user_id": user, "show_id": liked, "rating": 5}])
    eventually(lambda: movieflix.recommendations(user)["fallback"] is None)
    best = movieflix.recommendations(user)["items"][0]
    assert best["show_id"] in others
    assert best["because"] == [liked]


def test_nothing_seen_or_begun_is_recommended(movieflix: MovieFlix, shows: dict[str, list[str]], user: str) -> None:
    liked, disliked, begun, finished, *_ = shows["horror"]
    movieflix.rate([{"user_id": user, "show_id": liked, "rating": 5}, {"user_id": user, "show_id": disliked, "rating": 1}])
    movieflix.watch(user, begun, 10)
    movieflix.watch(user, finished, 100)
    eventually(lambda: movieflix.profile(user)["seen"] == 3)

    def without_them() -> bool:
        listed = movieflix.shows(user)
        return bool(listed) and not {liked, disliked, begun, finished} & set(listed)

    eventually(without_them)


def test_the_stream_sends_what_is_there_and_then_each_change_and_resumes(
    movieflix: MovieFlix, shows: dict[str, list[str]], user: str
) -> None:
    with movieflix.stream(user) as response:
        events = events_of(response)
        _, first = next(events)
        assert first["fallback"] == "popular"
        movieflix.rate([{"user_id": user, "show_id": shows["horror"][0], "rating": 5}])
        last_id, changed = next(events)
        assert changed["fallback"] is None and shows["horror"][1] in {item["show_id"] for item in changed["items"]}
    with movieflix.stream(user, last_id) as response:
        movieflix.rate([{"user_id": user, "show_id": shows["western"][0], "rating": 5}])
        _, following = next(events_of(response))
        assert shows["western"][0] not in {item["show_id"] for item in following["items"]}
        assert following["items"] != changed["items"]


@pytest.mark.breaks_servers
def test_histories_are_exact_although_the_recommender_is_killed_again_and_again(
    breakable_stack: Stack, movieflix: MovieFlix, shows: dict[str, list[str]]
) -> None:
    run, users, rounds = uuid4().hex[:8], 30, 60
    processes = Processes(Path(breakable_stack.env["STACK_DIR"]))
    recommender = next(name for name in processes.names() if name.startswith("movieflix-recommender"))
    done = threading.Event()
    kills = itertools.count()

    def kill_again_and_again() -> None:
        while not done.is_set():
            processes.kill(recommender)
            next(kills)
            done.wait(4)  # it starts in two seconds: so it dies in the middle of joining its group, or soon after

    with ThreadPoolExecutor(1) as pool:
        killer = pool.submit(kill_again_and_again)
        try:
            for number in range(rounds):
                movieflix.rate([{"user_id": f"{user}-{run}", "show_id": f"show-{number}-{run}", "rating": 4} for user in range(users)])
                done.wait(0.2)
        finally:
            done.set()
        killer.result()
    assert next(kills) >= 2

    def exact() -> None:
        for user in range(users):
            assert movieflix.profile(f"{user}-{run}")["seen"] == rounds

    eventually(exact, within=60, every=0.5)
