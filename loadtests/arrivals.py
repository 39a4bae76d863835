"""Arrivals that stay open: calls are sent when they are due, whatever became of those before.

A Locust user here is not a person who waits for an answer before asking again, but **one call a second**, at random moments (a Poisson
process); so the number of users, on Locust's page and in its charts, is the rate of arrivals. Each call gets a greenlet of its own, and
its delay counts from when it was due: what waits for a connection, or for this program, is part of it (no coordinated omission). A
closed load (each user waits, as Locust's `constant_throughput` does) would send less just when answers become slow, and hide it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from random import Random
from typing import Any, ClassVar

import gevent
import msgspec
from gevent.pool import Group
from geventhttpclient.client import HTTPClientPool
from locust import FastHttpUser, task

from loadtests.calls import Call
from loadtests.window import Window
from shared.settings import service_url

ANSWER_SECONDS = 10.0
"""After that a call has failed."""
CONNECTIONS = 256
"""To each service; more calls than that under way wait for one. Far from what the machine takes, and within a process's files."""

_JSON = {"content-type": "application/json", "accept": "application/json"}
_encode = msgspec.json.Encoder().encode


class Arrivals(FastHttpUser):
    """One call a second, open. A case's locustfile says which calls: `case`, and `calls`."""

    abstract = True
    case: ClassVar[str]
    host = "http://127.0.0.1"  # each call names its service's own address
    client_pool = HTTPClientPool(concurrency=CONNECTIONS, connection_timeout=ANSWER_SECONDS, network_timeout=ANSWER_SECONDS)
    under_way: ClassVar[Group] = Group()
    """Calls that were sent and not answered yet, of all users."""
    paused: ClassVar[bool] = False
    """While it is set, nothing is due."""
    window: ClassVar[Window | None] = None
    """Where each call is written down, beside Locust's own statistics; None: nowhere."""
    seed: ClassVar[int] = 0
    _spawned: ClassVar[int] = 0

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.number = Arrivals._spawned
        """Each user's own, from 0 in the order in which they came."""
        Arrivals._spawned += 1
        self.random = Random(f"{self.seed}:{self.number}")

    def calls(self) -> Iterator[Call]:
        """What this user asks, one after the other; endless."""
        raise NotImplementedError

    @task
    def arrive(self) -> None:
        """Until the user is stopped."""
        calls = self.calls()
        due = time.perf_counter()
        while True:
            due += self.random.expovariate(1.0)
            gevent.sleep(max(0.0, due - time.perf_counter()))
            if self.paused:
                due = time.perf_counter()
                continue
            self.under_way.spawn(self._send, next(calls), due)

    def _send(self, call: Call, due: float) -> None:
        window = self.window
        if window is not None:
            window.late.append((time.perf_counter() - due) * 1000)
        try:
            error = self._request(call, due)
        except gevent.GreenletExit:
            error = "given up"
        if window is not None:
            window.add(call.name, (time.perf_counter() - due) * 1000, error)

    def _request(self, call: Call, due: float) -> str | None:
        """Why it failed."""
        data, headers = (None, call.headers) if call.body is None else (_encode(call.body), {**_JSON, **call.headers})
        url = service_url(self.case, call.service) + call.path
        with self.client.request(
            call.method, url, name=call.name.partition(" ")[2], data=data, headers=headers, catch_response=True
        ) as response:
            error = _error(call, response)
            response.request_meta["response_time"] = (time.perf_counter() - due) * 1000
            response.success() if error is None else response.failure(error)
        return error


def _error(call: Call, response: Any) -> str | None:
    """In a sentence; None where the call did what it should."""
    status = response.status_code
    if not status:
        return f"no answer: {response.error!r}"
    if status == 404 and call.may_be_missing:
        return None
    if not 200 <= status < 300:
        return f"status {status}"
    return call.trouble(msgspec.json.decode(response.content)) if call.trouble else None
