"""Resuming over HTTP: from playback-api through the log and the projector to resume-api."""

from __future__ import annotations

import random
from typing import Any
from uuid import uuid4

import httpx

from shared.clock import now, to_rfc3339
from shared.testing import eventually

SECOND = 1_000_000
DURATION = 9180.0


def report(client: httpx.Client, user: str, *, position: float, seconds_ago: float = 0, show: str = "metropolis", **more: Any) -> str:
    body = {"user_id": user, "show_id": show, "device_id": "tv", "position_seconds": position, "duration_seconds": DURATION}
    body["occurred_at"] = to_rfc3339(now() - int(seconds_ago * SECOND))
    answer = client.post("/v1/positions", json=body | more)
    assert answer.status_code == 202, answer.text
    event_id: str = answer.json()["event_id"]
    return event_id


def stands(client: httpx.Client, user: str, position: float, show: str = "metropolis") -> dict[str, Any]:
    """Wait until that position is the one that counts."""

    def check() -> dict[str, Any]:
        answer = client.get(f"/v1/users/{user}/positions/{show}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        assert found["position_seconds"] == position
        return found

    return eventually(check, within=60)


def continued(client: httpx.Client, user: str) -> list[str]:
    answer = client.get(f"/v1/users/{user}/continue-watching")
    assert answer.status_code == 200
    return [item["show_id"] for item in answer.json()["items"]]


def test_a_show_is_resumed_on_another_device(playback: httpx.Client, resume: httpx.Client, user: str) -> None:
    report(playback, user, seconds_ago=60, position=100.0, device_id="tv")
    report(playback, user, seconds_ago=10, position=160.0, device_id="phone")
    found = stands(resume, user, 160.0)
    assert (found["device_id"], found["finished"], found["duration_seconds"]) == ("phone", False, DURATION)
    assert continued(resume, user) == ["metropolis"]


def test_what_arrives_late_twice_or_shuffled_leaves_the_latest_standing(playback: httpx.Client, resume: httpx.Client, user: str) -> None:
    # Of one reading of the clock: sending them takes seconds, and must not change which is the later.
    start = now() - 200 * SECOND
    moments = [
        {
            "occurred_at": to_rfc3339(start + n * SECOND),
            "position": float(n),
            "device_id": f"device-{n % 3}",
            "event_id": str(uuid4()),
        }
        for n in range(30)
    ]
    arrivals = moments * 2
    random.Random(7).shuffle(arrivals)
    for moment in arrivals:
        report(playback, user, **moment)
    # The last of all, in the same partition: what came before it has been handled once it is there.
    report(playback, user, seconds_ago=1, position=1.0, show="the-end")
    stands(resume, user, 1.0, "the-end")
    assert stands(resume, user, 29.0)["device_id"] == "device-2"


def test_a_clients_retry_with_the_same_event_id_counts_once(playback: httpx.Client, resume: httpx.Client, user: str) -> None:
    event_id = report(playback, user, seconds_ago=5, position=50.0)
    report(playback, user, seconds_ago=1, position=77.0, event_id=event_id)
    report(playback, user, seconds_ago=1, position=1.0, show="the-end")
    stands(resume, user, 1.0, "the-end")
    stands(resume, user, 50.0)


def test_a_finished_show_leaves_continue_watching(playback: httpx.Client, resume: httpx.Client, user: str) -> None:
    report(playback, user, seconds_ago=30, position=100.0, show="faust")
    report(playback, user, seconds_ago=20, position=100.0)
    stands(resume, user, 100.0)
    assert continued(resume, user) == ["metropolis", "faust"]
    report(playback, user, seconds_ago=10, position=0.95 * DURATION)
    assert stands(resume, user, 0.95 * DURATION)["finished"] is True
    assert continued(resume, user) == ["faust"]


def test_a_batch_is_taken_as_its_items_would_be(playback: httpx.Client, resume: httpx.Client, user: str) -> None:
    item = {"user_id": user, "show_id": "metropolis", "device_id": "tv", "duration_seconds": DURATION}
    items = [item | {"position_seconds": float(n), "occurred_at": to_rfc3339(now() - (100 - n) * SECOND)} for n in range(100)]
    answer = playback.post("/v1/positions/batch", json=[*items[::-1], {"user_id": user}])
    assert answer.status_code == 202
    assert answer.json()["accepted"] == 100
    assert [rejected["index"] for rejected in answer.json()["rejected"]] == [100]
    stands(resume, user, 99.0)


def test_what_nobody_watched_has_no_position(resume: httpx.Client, user: str) -> None:
    assert resume.get(f"/v1/users/{user}/positions/metropolis").status_code == 404
    assert continued(resume, user) == []
