"""MyBank's alerts in memory: what alerts-projector writes and alerts-api reads."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from services.mybank.alerts_api.domain import Stored
from services.mybank.alerts_projector.handler import Acknowledgement, NewAlert
from shared.clock import Micros
from shared.stores import StoreUnavailableError


class InMemoryAlerts:
    """Both sides. `away = True` makes it a store that does not answer."""

    def __init__(self) -> None:
        self.away = False
        self._alerts: dict[str, dict[str, NewAlert]] = defaultdict(dict)
        self._acknowledged: dict[tuple[str, str], Micros] = {}
        self._listeners: dict[str, list[asyncio.Event]] = defaultdict(list)

    def add(self, alerts: list[NewAlert]) -> None:
        self._answer()
        for alert in alerts:
            if alert.alert_id not in self._alerts[alert.user_id]:
                self._alerts[alert.user_id][alert.alert_id] = alert
                for changed in self._listeners[alert.user_id]:
                    changed.set()

    def acknowledge_all(self, acknowledgements: list[Acknowledgement]) -> None:
        self._answer()
        for user_id, alert_id, at in acknowledgements:
            self._acknowledged[user_id, alert_id] = min(at, self._acknowledged.get((user_id, alert_id), at))

    async def newest(self, user_id: str, below: int, limit: int) -> list[Stored]:
        return self._stored(user_id, (a for a in reversed(self._ordered(user_id)) if a.offset < below), limit)

    async def after(self, user_id: str, place: int, limit: int) -> list[Stored]:
        return self._stored(user_id, (a for a in self._ordered(user_id) if a.offset > place), limit)

    async def one(self, user_id: str, alert_id: str) -> Stored | None:
        found = self._stored(user_id, (a for a in self._ordered(user_id) if a.alert_id == alert_id), 1)
        return found[0] if found else None

    async def acknowledge(self, user_id: str, alert_id: str, at: Micros) -> None:
        self._answer()
        self._acknowledged.setdefault((user_id, alert_id), at)

    @asynccontextmanager
    async def changes(self, user_id: str) -> AsyncIterator[asyncio.Event]:
        changed = asyncio.Event()
        self._listeners[user_id].append(changed)
        yield changed
        self._listeners[user_id].remove(changed)

    async def close(self) -> None: ...

    def _ordered(self, user_id: str) -> list[NewAlert]:
        return sorted(self._alerts[user_id].values(), key=lambda alert: alert.offset)

    def _stored(self, user_id: str, alerts: Iterable[NewAlert], limit: int) -> list[Stored]:
        self._answer()
        found = [Stored(a.alert_id, a.offset, a.body, self._acknowledged.get((user_id, a.alert_id))) for a in alerts]
        return found[:limit]

    def _answer(self) -> None:
        if self.away:
            raise StoreUnavailableError("the alerts are away")
