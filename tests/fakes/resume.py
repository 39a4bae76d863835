"""MovieFlix's resume view in memory: what resume-projector writes and resume-api reads."""

from __future__ import annotations

from collections import defaultdict

import msgspec

from services.movieflix.contracts.events import ShowPositionReported
from services.movieflix.contracts.rules import is_finished
from services.movieflix.resume_projector.domain import ByUserAndShow, version
from shared.clock import to_rfc3339
from shared.stores import StoreUnavailableError


class InMemoryResume:
    """Both sides of the view. `away = True` makes it a store that does not answer."""

    def __init__(self) -> None:
        self.away = False
        self._standing: dict[str, dict[str, ShowPositionReported]] = defaultdict(dict)
        self._ids: dict[tuple[str, str], set[str]] = defaultdict(set)

    def apply(self, positions: ByUserAndShow) -> None:
        self._answer()
        for (user_id, show_id), events in positions.items():
            for event in events:
                if event.event_id in self._ids[user_id, show_id]:
                    continue
                self._ids[user_id, show_id].add(event.event_id)
                standing = self._standing[user_id].get(show_id)
                if standing is None or version(event) > version(standing):
                    self._standing[user_id][show_id] = event

    async def position(self, user_id: str, show_id: str) -> bytes | None:
        self._answer()
        event = self._standing[user_id].get(show_id)
        return _body(event) if event else None

    async def unfinished(self, user_id: str, limit: int) -> list[bytes]:
        self._answer()
        unfinished = [e for e in self._standing[user_id].values() if not is_finished(e.position_seconds, e.duration_seconds)]
        unfinished.sort(key=lambda event: (event.occurred_at, event.show_id), reverse=True)
        return [_body(event) for event in unfinished[:limit]]

    async def close(self) -> None: ...

    def _answer(self) -> None:
        if self.away:
            raise StoreUnavailableError("the view is away")


def _body(event: ShowPositionReported) -> bytes:
    return msgspec.json.encode(
        {
            "user_id": event.user_id,
            "show_id": event.show_id,
            "position_seconds": event.position_seconds,
            "duration_seconds": event.duration_seconds,
            "device_id": event.device_id,
            "occurred_at": to_rfc3339(event.occurred_at),
            "finished": is_finished(event.position_seconds, event.duration_seconds),
        }
    )
