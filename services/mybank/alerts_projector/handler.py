"""From a batch of alerts and acknowledgements to the views."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from services.mybank.alerts_projector.domain import body
from services.mybank.contracts.events import AlertRaised
from shared.clock import Micros
from shared.consumer.handler import Record, Rejection


class NewAlert(NamedTuple):
    user_id: str
    alert_id: str
    offset: int
    body: bytes


class Acknowledgement(NamedTuple):
    user_id: str
    alert_id: str
    at: Micros


class AlertStore(Protocol):
    def add(self, alerts: list[NewAlert]) -> None: ...
    def acknowledge(self, acknowledgements: list[Acknowledgement]) -> None: ...


class AlertHandler:
    def __init__(self, store: AlertStore) -> None:
        self._store = store

    def handle(self, records: Sequence[Record[Any]]) -> Iterable[Rejection]:
        alerts, acknowledgements = [], []
        for record in records:
            event = record.event
            if isinstance(event, AlertRaised):
                alerts.append(NewAlert(event.user_id, event.event_id, record.offset, body(event)))
            else:
                acknowledgements.append(Acknowledgement(event.user_id, event.alert_id, event.occurred_at))
        self._store.add(alerts)
        self._store.acknowledge(acknowledgements)
        return ()
