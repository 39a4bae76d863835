"""Several bulk requests in turn: one under way, the next being made, and none after one that failed."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from threading import Event
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from shared.stores import StoreUnavailableError
from shared.stores.search import BulkItem, bulk, bulk_in_turn

LONGEST = 10.0
"""Seconds that anything here may wait for the other side."""


class Server:
    """In place of a client: takes ids down, and answers a status for each, 201 where none is said."""

    def __init__(self, **statuses: int) -> None:
        self.statuses = statuses
        self.requests: list[list[str]] = []
        self.arrived = Event()
        self.may_answer = Event()
        self.may_answer.set()
        self.busy = False

    def perform_request(self, method: str, path: str, *, body: bytes, **_: Any) -> Any:
        assert not self.busy, "a request came before the answer to another"
        self.busy = True
        ids = [msgspec.json.decode(line)["create"]["_id"] for line in body.splitlines()[::2]]
        self.requests.append(ids)
        self.arrived.set()
        assert self.may_answer.wait(LONGEST), "nobody let the server answer"
        self.busy = False
        return SimpleNamespace(body={"items": [{"create": self._outcome(self.statuses.get(name, 201))} for name in ids]})

    def _outcome(self, status: int) -> dict[str, Any]:
        return {"status": status} if status == 201 else {"status": status, "error": {"type": "odd", "reason": "because"}}


def item(name: str) -> BulkItem:
    return BulkItem("create", "seats", name, {})


def test_results_stand_in_the_order_of_the_items_over_all_requests() -> None:
    server = Server(b=409, d=400)
    too_long = "x" * 600
    results = bulk_in_turn(server, [[item("a"), item("b")], [item(too_long), item("c")], [item("d")]])  # type: ignore[arg-type]
    assert [result.status for result in results] == [201, 409, 400, 201, 400]
    assert server.requests == [["a", "b"], ["c"], ["d"]]


@pytest.mark.parametrize("requests", [[], [[]], [[item("x" * 600)]]])
def test_nothing_is_sent_where_nothing_is_left_to_send(requests: list[list[BulkItem]]) -> None:
    server = Server()
    assert [result.status for result in bulk_in_turn(server, requests)] == [400] * sum(map(len, requests))  # type: ignore[arg-type]
    assert server.requests == []


def test_the_next_request_is_made_while_one_is_under_way() -> None:
    server = Server()
    server.may_answer.clear()

    def requests() -> Iterator[list[BulkItem]]:
        yield [item("a")]
        assert server.arrived.wait(LONGEST), "the first request is sent only after the second is made"
        assert server.requests == [["a"]]
        server.may_answer.set()
        yield [item("b")]

    assert [result.status for result in bulk_in_turn(server, requests())] == [201, 201]  # type: ignore[arg-type]
    assert server.requests == [["a"], ["b"]]


def test_after_a_request_that_failed_none_is_sent() -> None:
    server = Server(b=503)
    with pytest.raises(StoreUnavailableError, match="1 of 2 items"):
        bulk_in_turn(server, [[item("a"), item("b")], [item("c")], [item("d")]])  # type: ignore[arg-type]
    assert server.requests == [["a", "b"]]


def test_what_failed_is_let_go_at_once() -> None:
    """Held by a cycle it would stay, with its whole batch, until the collector comes, which is seldom in a worker."""

    class Batch:
        def requests(self) -> Iterator[list[BulkItem]]:
            yield [item("a")]
            yield [item("b")]

    def failed() -> weakref.ref[Batch]:
        batch = Batch()
        with pytest.raises(StoreUnavailableError):
            bulk_in_turn(Server(a=503), batch.requests())  # type: ignore[arg-type]
        return weakref.ref(batch)

    gc.disable()
    try:
        assert failed()() is None
    finally:
        gc.enable()


def test_one_request_has_the_same_results_by_itself() -> None:
    server = Server(b=409)
    assert [result.conflict for result in bulk(server, [item("a"), item("b")])] == [False, True]  # type: ignore[arg-type]
