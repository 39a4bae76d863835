"""The stack that tests run against: the one of `make test`, or whichever is up (its stack.env is found as the launcher finds it)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from hypothesis import settings

from infra.local.settings import load_settings, read_env_file
from shared.settings import ServiceSettings
from tests.stack import OWN_STACK

# A test has no stopwatch: what takes long on a busy machine is not wrong.
settings.register_profile("no-stopwatch", deadline=None)
settings.load_profile("no-stopwatch")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "breaks_servers: kills servers or services; runs on the tests' own stack only")
    # Its successor is not released under a stable version yet.
    config.addinivalue_line("filterwarnings", "ignore:Using `httpx` with `starlette.testclient`")


@dataclass(frozen=True)
class Stack:
    """A running stack; its environment is in os.environ, as a service has it."""

    env: dict[str, str]

    @property
    def own(self) -> bool:
        """Whether it is the tests' own, to be broken at will."""
        return os.environ.get(OWN_STACK) == "1"

    @property
    def settings(self) -> ServiceSettings:
        return ServiceSettings()

    def url(self, case: str, service: str) -> str:
        return f"http://127.0.0.1:{self.env[f'{case}_{service}_PORT'.upper().replace('-', '_')]}"


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """Skips where no stack is up; in `make test`, which starts one, that is a failure."""
    path = Path(os.environ.get("STACK_ENV_FILE") or load_settings().paths.env_file)
    env = read_env_file(path)
    reason = _trouble(env)
    if reason and os.environ.get(OWN_STACK) == "1":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    before = dict(os.environ)
    os.environ.update(env)
    yield Stack(env)
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def breakable_stack(stack: Stack) -> Stack:
    """The tests' own stack; skips on one that others use."""
    if not stack.own:
        pytest.skip(f"kills servers: runs in `make test`, or with {OWN_STACK}=1 on a stack that nobody else uses")
    return stack


def _trouble(env: dict[str, str]) -> str | None:
    if "KAFKA_BOOTSTRAP_SERVERS" not in env:
        return "no stack is up: start one with 'make up-movieflix', or run 'make test'"
    try:
        AdminClient({"bootstrap.servers": env["KAFKA_BOOTSTRAP_SERVERS"], "log_level": 0}).list_topics(timeout=30)
    except KafkaException as error:
        return f"the stack at {env['KAFKA_BOOTSTRAP_SERVERS']} does not answer: {error}"
    return None
