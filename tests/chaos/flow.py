"""Events that flow while things break: batches over several connections, each repeated until it is acknowledged, then put in the ledger."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import httpx

from shared.clock import Micros, from_rfc3339
from tests.chaos.ledger import Event, Ledger

DAY: Micros = 86_400_000_000

Batch = Sequence[Event]
"""Events of one topic."""
Written = Callable[[Batch], tuple[dict[str, str], bytes]]
"""A batch as headers and a body."""

ANSWER_SECONDS = 45.0
"""Longer than a producer tries to deliver, so that its answer is heard."""
PATIENCE_SECONDS = 180.0
"""For one batch: longer than any fault."""
REPEATED_AFTER_SECONDS = 0.1
TRY_AGAIN = (429, 503)


class NotAcceptedError(AssertionError):
    """The API refused what it should take, or did not take it for PATIENCE_SECONDS."""


def long_ago(seed: int) -> Micros:
    """The first day of a run's window of time: some day in 1975 or later, on which nothing else happens."""
    return from_rfc3339("1975-01-01T00:00:00Z") + random.Random(seed).randrange(14_000) * DAY


def json_array(batch: Batch) -> tuple[dict[str, str], bytes]:
    return {"content-type": "application/json"}, json.dumps([event.body for event in batch]).encode()


class Sender:
    """One connection: what it sends is acknowledged before it sends the next."""

    def __init__(self, base_url: str, paths: Mapping[str, str], ledger: Ledger, stream: int, written: Written = json_array) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=httpx.Timeout(ANSWER_SECONDS, connect=2), trust_env=False)
        self._paths = paths
        self._ledger = ledger
        self._stream = stream
        self._written = written
        self._turn = 0
        self.calls_repeated = 0
        self.longest_wait = 0.0
        """Seconds, from the first call of a batch to its acknowledgement."""

    def send(self, batch: Batch) -> None:
        """Returns once all of it is acknowledged. Raises NotAcceptedError."""
        started = time.monotonic()
        while reason := self._call(batch):
            if time.monotonic() - started > PATIENCE_SECONDS:
                raise NotAcceptedError(f"not acknowledged for {PATIENCE_SECONDS:.0f} s: {reason}")
            self.calls_repeated += 1
            time.sleep(REPEATED_AFTER_SECONDS)
        self.longest_wait = max(self.longest_wait, time.monotonic() - started)
        self._ledger.acknowledge(batch, self._stream, self._turn)
        self._turn += 1

    def close(self) -> None:
        self._client.close()

    def _call(self, batch: Batch) -> str | None:
        """None, or why it may be sent again: a call that was cut off may have been carried out."""
        headers, body = self._written(batch)
        try:
            answer = self._client.post(self._paths[batch[0].topic], content=body, headers=headers)
        except httpx.TransportError as error:
            return repr(error)
        if answer.status_code == 202 and answer.json().items() >= {"accepted": len(batch), "rejected": []}.items():
            return None
        if answer.status_code in TRY_AGAIN:
            return answer.text[:200]
        raise NotAcceptedError(f"{answer.status_code}: {answer.text[:300]}")


class Flow:
    """Each stream on a thread of its own, from `start` on, together `rate` events a second until `hurry`."""

    def __init__(self, streams: Sequence[Sequence[Batch]], senders: Sequence[Sender], rate: float) -> None:
        self._stopping = threading.Event()
        self._hurrying = threading.Event()
        self._rate = rate / len(streams)
        self.error: Exception | None = None
        self.sent = 0
        self.ended_at = float("inf")
        """Monotonic seconds."""
        self._lock = threading.Lock()
        self._senders = senders
        self._threads = [
            threading.Thread(target=self._run, args=(stream, sender), daemon=True) for stream, sender in zip(streams, senders, strict=True)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def hurry(self) -> None:
        """The rest as fast as it is acknowledged."""
        self._hurrying.set()

    @property
    def ended(self) -> bool:
        return not any(thread.is_alive() for thread in self._threads)

    def finish(self, patience_seconds: float = 600.0) -> None:
        """Returns when all is acknowledged. Raises what stopped a stream."""
        self.hurry()
        deadline = time.monotonic() + patience_seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self.raise_error()
        if not self.ended:
            raise NotAcceptedError(f"the rest was not acknowledged within {patience_seconds:.0f} s")

    def stop(self) -> None:
        """Give up what was not sent yet."""
        self._stopping.set()
        self._hurrying.set()
        for thread in self._threads:
            thread.join(ANSWER_SECONDS + 5)

    @property
    def calls_repeated(self) -> int:
        return sum(sender.calls_repeated for sender in self._senders)

    @property
    def longest_wait(self) -> float:
        """Seconds until one batch was acknowledged."""
        return max(sender.longest_wait for sender in self._senders)

    def raise_error(self) -> None:
        if self.error is not None:
            raise self.error

    def _run(self, stream: Sequence[Batch], sender: Sender) -> None:
        due = time.monotonic()
        try:
            for batch in stream:
                self._hurrying.wait(due - time.monotonic())
                if self._stopping.is_set():
                    return
                # What an outage delayed is not made up for at once: so events flow at each fault, not only before the first.
                due = max(due + len(batch) / self._rate, time.monotonic() - 1)
                sender.send(batch)
                with self._lock:
                    self.sent += len(batch)
        except Exception as error:
            self.error = error
        finally:
            sender.close()
            self.ended_at = time.monotonic()
