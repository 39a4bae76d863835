"""Alerts in Valkey: the suite of the in-memory ones, and what only a server can do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import TypeVar
from uuid import uuid4

import pytest

from services.mybank.alerts_api.domain import Stored
from services.mybank.alerts_api.store import ValkeyAlerts
from services.mybank.alerts_projector import store as projector_store
from services.mybank.alerts_projector.handler import Acknowledgement, NewAlert
from services.mybank.alerts_projector.store import Alerts
from shared.clock import Micros
from shared.settings import ValkeySettings
from shared.stores import valkey
from tests.conftest import Stack
from tests.suites.alerts_suite import END, AlertsSuite, alerts, places

T = TypeVar("T")


class RealAlerts:
    """Writer and reader as the services have them; the reader opens a client for each call, since each is in an event loop of its own."""

    def __init__(self, settings: ValkeySettings) -> None:
        self._settings = settings
        self.client = valkey.connect(settings)
        self._writer = Alerts(self.client)

    def add(self, new: list[NewAlert]) -> None:
        self._writer.add(new)

    def acknowledge_all(self, acknowledgements: list[Acknowledgement]) -> None:
        self._writer.acknowledge(acknowledgements)

    async def newest(self, user_id: str, below: int, limit: int) -> list[Stored]:
        return await self._read(lambda reader: reader.newest(user_id, below, limit))

    async def after(self, user_id: str, place: int, limit: int) -> list[Stored]:
        return await self._read(lambda reader: reader.after(user_id, place, limit))

    async def one(self, user_id: str, alert_id: str) -> Stored | None:
        return await self._read(lambda reader: reader.one(user_id, alert_id))

    async def acknowledge(self, user_id: str, alert_id: str, at: Micros) -> None:
        await self._read(lambda reader: reader.acknowledge(user_id, alert_id, at))

    async def _read(self, call: Callable[[ValkeyAlerts], Awaitable[T]]) -> T:
        reader = ValkeyAlerts(valkey.connect_async(self._settings))
        try:
            return await call(reader)
        finally:
            await reader.close()


@pytest.fixture
def store(stack: Stack) -> Iterator[RealAlerts]:
    store = RealAlerts(stack.settings.valkey)
    yield store
    store.client.close()


class TestValkeyAlerts(AlertsSuite):
    """All of the suite."""

    def test_the_oldest_alerts_are_dropped(self, store: RealAlerts, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(projector_store, "MOST_KEPT", 3)
        store.add(alerts(user, 1, 2, 3, 4, 5))
        assert places(asyncio.run(store.newest(user, END, 10))) == [5, 4, 3]
        assert asyncio.run(store.one(user, "alert-1")) is None


def test_a_new_alert_is_announced_and_one_that_comes_again_is_not(stack: Stack, store: RealAlerts) -> None:
    user = f"user-{uuid4().hex}"

    async def run() -> None:
        reader = ValkeyAlerts(valkey.connect_async(stack.settings.valkey))
        async with reader.changes(user) as changed:

            async def announced() -> None:
                # The subscription may still be on its way: new alerts until one is heard of; one after the other, so that none is still
                # to be heard of behind that.
                for place in range(1000):
                    await asyncio.to_thread(store.add, alerts(user, place))
                    with suppress(TimeoutError):
                        await asyncio.wait_for(changed.wait(), 1)
                        return

            await asyncio.wait_for(announced(), 60)
            changed.clear()
            await asyncio.to_thread(store.add, alerts(user, 0))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(changed.wait(), 0.3)
        await reader.close()

    asyncio.run(run())
