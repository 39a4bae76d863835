"""MyBank's alerts, written by alerts-projector's side and read by alerts-api's, in any store."""

from __future__ import annotations

import asyncio
from typing import Protocol
from uuid import uuid4

import pytest

from services.mybank.alerts_api.domain import Stored
from services.mybank.alerts_projector.handler import Acknowledgement, NewAlert
from shared.clock import Micros

END = 2**53


class AlertStore(Protocol):
    """Both sides."""

    def add(self, alerts: list[NewAlert]) -> None: ...
    def acknowledge_all(self, acknowledgements: list[Acknowledgement]) -> None: ...
    async def newest(self, user_id: str, below: int, limit: int) -> list[Stored]: ...
    async def after(self, user_id: str, place: int, limit: int) -> list[Stored]: ...
    async def one(self, user_id: str, alert_id: str) -> Stored | None: ...
    async def acknowledge(self, user_id: str, alert_id: str, at: Micros) -> None: ...


def alerts(user: str, *places: int) -> list[NewAlert]:
    return [NewAlert(user, f"alert-{place}", place, b'{"n":%d}' % place) for place in places]


def places(found: list[Stored]) -> list[int]:
    return [stored.place for stored in found]


class AlertsSuite:
    @pytest.fixture
    def user(self) -> str:
        return f"user-{uuid4().hex}"

    def test_the_list_is_newest_first_and_goes_on_below_a_place(self, store: AlertStore, user: str) -> None:
        store.add(alerts(user, 3, 5, 9))
        assert places(asyncio.run(store.newest(user, END, 2))) == [9, 5]
        assert places(asyncio.run(store.newest(user, 5, 2))) == [3]

    def test_the_stream_goes_on_after_a_place_oldest_first(self, store: AlertStore, user: str) -> None:
        store.add(alerts(user, 0, 5, 9))
        assert places(asyncio.run(store.after(user, -1, 10))) == [0, 5, 9]
        assert places(asyncio.run(store.after(user, 0, 1))) == [5]
        assert asyncio.run(store.after(user, 9, 10)) == []

    def test_an_alert_that_comes_again_changes_nothing(self, store: AlertStore, user: str) -> None:
        store.add(alerts(user, 3))
        store.add([NewAlert(user, "alert-3", 7, b"{}")])
        assert asyncio.run(store.after(user, -1, 10)) == [Stored("alert-3", 3, b'{"n":3}', None)]

    def test_users_are_apart(self, store: AlertStore, user: str) -> None:
        store.add(alerts(user, 3))
        assert asyncio.run(store.newest(user + "x", END, 10)) == []
        assert asyncio.run(store.one(user + "x", "alert-3")) is None

    def test_the_first_acknowledgement_stands_in_any_order(self, store: AlertStore, user: str) -> None:
        store.acknowledge_all([Acknowledgement(user, "alert-3", 20)])
        store.add(alerts(user, 3))
        store.acknowledge_all([Acknowledgement(user, "alert-3", 100)])
        assert self.acknowledged(store, user) == 20
        store.acknowledge_all([Acknowledgement(user, "alert-3", 9)])
        assert self.acknowledged(store, user) == 9
        asyncio.run(store.acknowledge(user, "alert-3", 5))
        assert self.acknowledged(store, user) == 9

    def test_who_acknowledges_sees_it_at_once(self, store: AlertStore, user: str) -> None:
        store.add(alerts(user, 3))
        assert self.acknowledged(store, user) is None
        asyncio.run(store.acknowledge(user, "alert-3", 20))
        assert self.acknowledged(store, user) == 20

    def acknowledged(self, store: AlertStore, user: str) -> Micros | None:
        stored = asyncio.run(store.one(user, "alert-3"))
        assert stored is not None
        return stored.acknowledged_at
