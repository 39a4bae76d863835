"""The README's walkthrough is true: each of its commands shows what the text promises."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from infra.local.ports import is_free
from shared.testing.eventually import eventually
from tests.conftest import Stack
from tests.stack import ROOT


def free_port() -> int:
    """Below those of outgoing connections, one of which could take it before the service listens."""
    return next(port for port in random.sample(range(20_000, 32_000), 1000) if is_free(port))


@pytest.fixture
def films_and_tastes(stack: Stack) -> Iterator[None]:
    """The catalogue and the past of the simulated viewers, without anybody watching: what a model is trained from."""
    port = free_port()
    environment = os.environ | {"SERVICE_PORT": str(port), "SERVICE_NAME": "viewers", "MOVIEFLIX_VIEWERS_EVENTS_PER_SECOND": "0"}
    viewers = subprocess.Popen([sys.executable, "-m", "services.movieflix.viewers"], cwd=ROOT, env=environment)
    try:
        eventually(lambda: ready(port), within=120, not_yet=(httpx.HTTPError,))
        eventually(lambda: recommends(stack), within=120, not_yet=(httpx.HTTPError,))
        yield
    finally:
        viewers.send_signal(signal.SIGTERM)
        assert viewers.wait(60) == 0


def ready(port: int) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False).status_code == 200


def recommends(stack: Stack) -> bool:
    url = f"{stack.url('movieflix', 'recommendations-api')}/v1/users/nobody/recommendations"
    return bool(httpx.get(url, trust_env=False).raise_for_status().json()["items"])


@pytest.mark.timeout(480)
def test_the_walkthrough_of_the_readme_shows_what_it_promises(films_and_tastes: None) -> None:
    command = [sys.executable, "-m", "infra.walkthrough", "movieflix"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
