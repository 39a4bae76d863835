"""From a batch of changes to the views: one write a user."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from services.movieflix.recommendations_projector.domain import View, newest
from shared.consumer.handler import Record, Rejection


class ViewStore(Protocol):
    def replace(self, views: list[View]) -> None: ...


class ViewHandler:
    def __init__(self, store: ViewStore) -> None:
        self._store = store

    def handle(self, records: Sequence[Record[Any]]) -> Iterable[Rejection]:
        self._store.replace(newest([record.event for record in records]))
        return ()
