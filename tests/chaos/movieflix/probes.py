"""How each part of MovieFlix shows that it handles again: by an event of its own, or by its own answer."""

from __future__ import annotations

import itertools
import threading
from typing import Any

import httpx

from services.movieflix.contracts.stores import POSITIONS_INDEX, SHOWS_INDEX
from services.movieflix.contracts.topics import CASE_DIR, SHOW_POSITION
from shared.clock import to_rfc3339
from shared.contracts import load_contracts
from shared.settings import ServiceSettings, service_url
from shared.stores import search
from shared.testing.partitioner import partition_of
from tests.chaos.breakable import Handles
from tests.chaos.flow import DAY, Sender
from tests.chaos.ledger import Event, Ledger
from tests.chaos.movieflix.load import PATHS, World, position_event, rating

PARTITIONS = load_contracts(CASE_DIR).topic(SHOW_POSITION.name).partitions
_FIRST_STREAM = 1000


class Probes:
    """Events that ask one part whether it handles: a viewer in each partition, so that every worker's share is asked."""

    def __init__(self, world: World, ledger: Ledger, settings: ServiceSettings) -> None:
        self._world = world
        self._ledger = ledger
        self._numbers = itertools.count()
        self._streams = itertools.count(_FIRST_STREAM)
        self._rated = 0
        self._rating = threading.Lock()
        self._http = httpx.Client(timeout=2, trust_env=False)
        self._elastic = search.connect(settings.elasticsearch)
        users = ((f"viewer-{world.run}-probe-{n}", n) for n in itertools.count())
        by_partition: dict[int, str] = {}
        while len(by_partition) < PARTITIONS:
            user, _ = next(users)
            by_partition.setdefault(partition_of(user.encode(), PARTITIONS), user)
        self._users = list(by_partition.values())

    def acknowledged(self) -> Handles:
        """Of playback-api: positions in every partition are acknowledged."""
        self._send_positions()
        return lambda: True

    def resumed(self) -> Handles:
        """Until resume-api answers with a position that was sent now, in every partition."""
        events = self._send_positions()
        url = service_url("movieflix", "resume-api")

        def handled(event: Event) -> bool:
            stands = self._get(f"{url}/v1/users/{event.key}/positions/{event.body['show_id']}")
            return bool(stands["position_seconds"] >= event.body["position_seconds"])

        return lambda: all(handled(event) for event in events)

    def stored(self) -> Handles:
        """Until the analytics store has the documents of positions that were sent now, in every partition."""
        ids = [event.event_id for event in self._send_positions()]

        def handled() -> bool:
            try:
                return all(document.get("found") for document in self._elastic.mget(index=POSITIONS_INDEX, ids=ids)["docs"])
            except Exception as error:
                raise ConnectionError(str(error)) from error

        return handled

    def recommended(self) -> Handles:
        """Until the profiles count a show that was rated now, in every partition."""
        url = service_url("movieflix", "recommendations-api")
        with self._rating:  # what is counted is all that was rated until now
            self._send(
                [
                    rating(f"{user}-r{n}", self._common(user, n, f"probe-{self._world.run}-{n}") | {"rating": 1.0})
                    for user, n in self._each()
                ]
            )
            self._rated += 1
            rated = self._rated
        return lambda: all(self._get(f"{url}/v1/users/{user}/profile")["seen"] >= rated for user in self._users)

    def catalogued(self) -> Handles:
        """Of catalog-api: an entry is acknowledged."""
        self._catalogue()
        return lambda: True

    def indexed(self) -> Handles:
        """Until the index has an entry that was sent now."""
        show_id = self._catalogue()

        def handled() -> bool:
            try:
                return bool(self._elastic.exists(index=SHOWS_INDEX, id=show_id))
            except Exception as error:
                raise ConnectionError(str(error)) from error

        return handled

    def answers(self, service: str, path: str) -> Handles:
        """Until a call is answered with success."""
        url = f"{service_url('movieflix', service)}{path}"

        def handled() -> bool:
            self._get(url)
            return True

        return handled

    def close(self) -> None:
        self._http.close()
        self._elastic.close()

    def _catalogue(self) -> str:
        show_id = f"probe-entry-{self._world.run}-{next(self._numbers)}"
        body = {"title": show_id, "genres": ["Drama"]}
        try:
            answer = self._http.put(f"{service_url('movieflix', 'catalog-api')}/v1/shows/{show_id}", json=body, timeout=45)
        except httpx.TransportError as error:
            raise ConnectionError(str(error)) from error
        if answer.status_code != 202:
            raise ConnectionError(answer.text)
        return show_id

    def _send_positions(self) -> list[Event]:
        show = f"probe-{self._world.run}"
        at = {"duration_seconds": 1_000_000.0}
        events = [
            position_event(f"{user}-p{n}", self._common(user, n, show) | at | {"position_seconds": float(n)}) for user, n in self._each()
        ]
        self._send(events)
        return events

    def _each(self) -> list[tuple[str, int]]:
        return [(user, next(self._numbers)) for user in self._users]

    def _common(self, user: str, number: int, show_id: str) -> dict[str, Any]:
        return {"user_id": user, "show_id": show_id, "occurred_at": to_rfc3339(self._world.end - DAY + number * 1000)}

    def _send(self, events: list[Event]) -> None:
        sender = Sender(service_url("movieflix", "playback-api"), PATHS, self._ledger, next(self._streams))
        try:
            sender.send(events)
        finally:
            sender.close()

    def _get(self, url: str) -> Any:
        try:
            answer = self._http.get(url)
        except httpx.TransportError as error:
            raise ConnectionError(str(error)) from error
        if not answer.is_success:
            raise LookupError(answer.text[:200])
        return answer.json() if "json" in answer.headers.get("content-type", "") else answer.text
