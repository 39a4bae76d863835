"""The view in Valkey: the suite of the in-memory one, and what only a server can do."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
import redis

from services.movieflix.resume_api.store import ValkeyPositions
from services.movieflix.resume_projector.domain import ByUserAndShow
from services.movieflix.resume_projector.store import ResumeView
from shared.settings import ValkeySettings
from shared.stores import StoreUnavailableError, valkey
from tests.conftest import Stack
from tests.suites.resume_suite import ResumeSuite, apply, position, reported


class ValkeyResume:
    """Writer and reader as the services have them; the reader opens a client for each call, since each is in an event loop of its own."""

    def __init__(self, settings: ValkeySettings) -> None:
        self._settings = settings
        self.client = valkey.connect(settings)
        self._writer = ResumeView(self.client)

    def apply(self, positions: ByUserAndShow) -> None:
        self._writer.apply(positions)

    async def position(self, user_id: str, show_id: str) -> bytes | None:
        reader = ValkeyPositions(valkey.connect_async(self._settings))
        try:
            return await reader.position(user_id, show_id)
        finally:
            await reader.close()

    async def unfinished(self, user_id: str, limit: int) -> list[bytes]:
        reader = ValkeyPositions(valkey.connect_async(self._settings))
        try:
            return await reader.unfinished(user_id, limit)
        finally:
            await reader.close()


@pytest.fixture
def view(stack: Stack) -> Iterator[ValkeyResume]:
    view = ValkeyResume(stack.settings.valkey)
    yield view
    view.client.close()


class TestValkeyResume(ResumeSuite):
    """All of the suite."""

    def test_a_server_that_forgot_the_script_is_taught_it_again(self, view: ValkeyResume) -> None:
        user = f"user-{uuid4().hex}"
        apply(view, user, [reported(1, position=10.0)])
        view.client.script_flush()
        apply(view, user, [reported(2, position=20.0)])
        assert position(view, user)["position_seconds"] == 20.0


def test_a_server_that_is_away_is_a_store_that_is_unavailable() -> None:
    client = redis.Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=1)
    with pytest.raises(StoreUnavailableError):
        apply(ResumeView(client), "ada", [reported(1)])


def test_the_server_compares_strings_by_bytes_whatever_the_locale(view: ValkeyResume) -> None:
    if view.client.config_get("locale-collate") != {"locale-collate": "C"}:
        pytest.skip("this server is not the launcher's, or was started before locale-collate was set")
    assert view.client.eval("return ('a' > 'Z' and 'a-' < 'a.') and 1 or 0", 0) == 1
