"""From a batch of positions to the view: one write for each user and show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from services.movieflix.contracts.events import ShowPositionReported
from services.movieflix.resume_projector.domain import ByUserAndShow, by_user_and_show
from shared.consumer.handler import Record, Rejection


class View(Protocol):
    def apply(self, positions: ByUserAndShow) -> None: ...


class PositionHandler:
    def __init__(self, view: View) -> None:
        self._view = view

    def handle(self, records: Sequence[Record[ShowPositionReported]]) -> Iterable[Rejection]:
        self._view.apply(by_user_and_show(record.event for record in records))
        return ()
