"""Health and the small server by which a worker shows it."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from types import SimpleNamespace

import pytest

from shared import health as module
from shared.health import Health, Heartbeat, serve_health


def get(port: int, path: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.fixture
def health() -> Health:
    return Health()


def test_a_service_without_checks_lives_and_is_ready(health: Health) -> None:
    assert health.live() == health.ready() == {}


def test_what_is_not_live_is_not_ready(health: Health) -> None:
    health.add_live("loop", lambda: "it hangs")
    assert health.live() == {"loop": "it hangs"}
    assert health.ready() == {"loop": "it hangs"}


def test_readiness_does_not_touch_liveness(health: Health) -> None:
    health.add_ready("store", lambda: "away")
    assert health.live() == {}
    assert health.ready() == {"store": "away"}


def test_a_check_that_raises_is_a_failed_check(health: Health) -> None:
    def broken() -> str | None:
        raise OSError("no route")

    health.add_ready("store", broken)
    assert "no route" in health.ready()["store"]


def test_a_heartbeat_fails_once_none_came_for_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now))
    heartbeat = Heartbeat(5)
    now += 5
    assert heartbeat.check() is None
    now += 1
    assert heartbeat.check() == "no turn of the loop for 6 s"
    heartbeat.beat()
    assert heartbeat.check() is None


def test_a_worker_answers_health_and_metrics_over_http(health: Health) -> None:
    trouble: list[str] = []
    health.add_ready("store", lambda: trouble[0] if trouble else None)
    port = serve_health(health, "127.0.0.1", 0)
    assert get(port, "/health/live")[0] == get(port, "/health/ready")[0] == 200
    trouble.append("away")
    status, body = get(port, "/health/ready")
    assert (status, json.loads(body)) == (503, {"status": "fail", "reasons": {"store": "away"}})
    assert get(port, "/health/live")[0] == 200
    assert b"consumer_handled_total" in get(port, "/metrics")[1]
    assert get(port, "/anything")[0] == 404
