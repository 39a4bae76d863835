"""The README's walkthrough is true: each of its commands shows what the text promises."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from shared.testing.eventually import eventually
from tests.conftest import Stack
from tests.stack import ROOT


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@pytest.fixture
def films_and_tastes(stack: Stack) -> Iterator[None]:
    """The catalogue and the past of the simulated viewers, without anybody watching: what a model is trained from."""
    port = free_port()
    environment = os.environ | {"SERVICE_PORT": str(port), "SERVICE_NAME": "viewers", "MOVIEFLIX_VIEWERS_EVENTS_PER_SECOND": "0"}
    viewers = subprocess.Popen([sys.executable, "-m", "services.movieflix.viewers"], cwd=ROOT, env=environment)
    try:
        eventually(lambda: ready(port), within=60, not_yet=(httpx.HTTPError,))
        eventually(lambda: recommends(stack), within=60, not_yet=(httpx.HTTPError,))
        yield
    finally:
        viewers.send_signal(signal.SIGTERM)
        assert viewers.wait(10) == 0


def ready(port: int) -> bool:
    return httpx.get(f"http://127.0.0.1:{port}/health/ready", trust_env=False).status_code == 200


def recommends(stack: Stack) -> bool:
    url = f"{stack.url('movieflix', 'recommendations-api')}/v1/users/nobody/recommendations"
    return bool(httpx.get(url, trust_env=False).json()["items"])


def test_the_walkthrough_of_the_readme_shows_what_it_promises(films_and_tastes: None) -> None:
    command = [sys.executable, "-m", "infra.walkthrough", "movieflix"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
