"""A stream of positions in batches, and a ledger of what was acknowledged: the truth that topic and views are compared with."""

from __future__ import annotations

import threading
import time
from uuid import uuid4

import httpx

from shared.clock import now, to_rfc3339

SHOW = "metropolis"
DURATION = 100_000.0
BATCH = 100
LONGEST_SECONDS = 120.0


class Ledger:
    """Streams from a thread until `stop`, at most LONGEST_SECONDS. A batch that is not acknowledged is sent again with the same ids."""

    def __init__(self, url: str, users: int = 20) -> None:
        self.users = [f"user-{uuid4().hex}" for _ in range(users)]
        self.acknowledged: set[str] = set()
        self.batches = self.repeated = 0
        self.longest_gap = 0.0
        self.unexpected: list[str] = []
        self._position = 0
        self._url = url
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._stream, daemon=True)

    def __enter__(self) -> Ledger:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Returns when the last batch is acknowledged."""
        self._stopping.set()
        self._thread.join(90)
        assert not self._thread.is_alive()
        assert self.unexpected == []

    def last_positions(self) -> dict[str, float]:
        """The position that counts, by user, once all is acknowledged."""
        last = self._position - 1
        return {user: float(last - (last - number) % len(self.users)) for number, user in enumerate(self.users) if number <= last}

    def _stream(self) -> None:
        deadline = time.monotonic() + LONGEST_SECONDS
        with httpx.Client(base_url=self._url, timeout=60, trust_env=False) as client:
            while not self._stopping.is_set() and time.monotonic() < deadline:
                self._send(client, [self._item() for _ in range(BATCH)])

    def _item(self) -> dict[str, object]:
        number, self._position = self._position, self._position + 1
        return {
            "user_id": self.users[number % len(self.users)],
            "show_id": SHOW,
            "device_id": "tv",
            "position_seconds": float(number),
            "duration_seconds": DURATION,
            "occurred_at": to_rfc3339(now()),
            "event_id": f"{number:06d}-{uuid4()}",
        }

    def _send(self, client: httpx.Client, items: list[dict[str, object]]) -> None:
        started = time.monotonic()
        while True:
            try:
                answer = client.post("/v1/positions/batch", json=items)
            except httpx.TransportError as error:  # the service itself was killed: whether it was written is not known
                answer = httpx.Response(503, text=repr(error))
            if answer.status_code == 202 and answer.json() == {"accepted": len(items), "rejected": []}:
                break
            if answer.status_code != 503:
                self.unexpected.append(f"{answer.status_code} {answer.text[:200]}")
                return
            self.repeated += 1
            if time.monotonic() - started > 60:
                self.unexpected.append(f"not acknowledged for a minute: {answer.text[:200]}")
                return
            self._stopping.wait(0.2)
        self.longest_gap = max(self.longest_gap, time.monotonic() - started)
        self.batches += 1
        self.acknowledged |= {str(item["event_id"]) for item in items}
