"""query-api in-process: what may be asked, what is answered while a layer is away, and that no cursor breaks it."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import schemathesis
from confluent_kafka import KafkaError, KafkaException
from fastapi import FastAPI
from schemathesis.python import asgi

from services.ingestion.contracts.events import ImportantEventFound
from services.ingestion.contracts.lake import Layer
from services.ingestion.contracts.sources import Source
from services.ingestion.query_api.app import query_api
from services.ingestion.query_api.domain import Count, Counts, Cursor, Found, Page, missing, to_text
from shared.consumer.group_progress import Behind, Log
from shared.health import Health
from shared.stores import StoreUnavailableError
from shared.window import Window
from tests.suites.bad_input import assert_problem
from tests.suites.openapi_fuzz import fuzz
from tests.unit.ingestion.tickets import NOON, TICKETS

NOON_TEXT = "2026-01-01T12:00:00Z"


class Layers:
    """What query-api asks of the stores and the log, as a test sets it; remembers what it was asked."""

    def __init__(self) -> None:
        self.held = {"speed": 5, "s3": 5, "hdfs": 5}
        self.away: set[str] = set()
        self.log_away = False
        self.asked: list[Any] = []
        self.found = [ImportantEventFound(f"e{n}", "tickets", "expensive", '{"price":100}', NOON + n) for n in range(3)]
        speed = Asked(self, "speed")
        batch = {layer: Asked(self, layer.value) for layer in Layer}
        self.app: FastAPI = query_api({"tickets": TICKETS}, speed, batch, self, self, Health())

    def log(self) -> Log | None:
        return None if self.log_away else Log(7, 1.5)

    def behind(self, name: str) -> Behind | None:
        return None if name in self.away else Behind(2, 0.5)

    def settled(self) -> bool:
        if self.log_away:
            raise KafkaException(KafkaError(KafkaError._TIMED_OUT))
        return True

    def newest(self, kind: str, limit: int) -> list[ImportantEventFound]:
        return [event for event in reversed(self.found) if event.source == kind][:limit]

    def check(self) -> str | None:
        return None

    def get(self, path: str, **query: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.get(f"/v1{path}", params=query or None)

        return asyncio.run(ask())


class Asked:
    def __init__(self, layers: Layers, name: str) -> None:
        self._layers = layers
        self._name = name

    def _asked(self, *question: Any) -> None:
        self._layers.asked.append((self._name, *question))
        if self._name in self._layers.away:
            raise StoreUnavailableError(f"{self._name} is away")

    async def counts(self, source: Source, by: str, window: Window, limit: int) -> Counts:
        self._asked(source.name, by, window, limit)
        return Counts(3, [Count(True, 2), Count(None, 1)])

    async def held(self, source: Source, window: Window) -> int:
        self._asked(source.name, window)
        return self._layers.held[self._name]

    async def search(self, source: Source, text: str, window: Window, limit: int, after: Cursor | None) -> Page:
        self._asked(source.name, text, window, limit, after)
        return Page([Found("a", source.name, NOON_TEXT, {"film": "Faust"})], to_text(Cursor(NOON_TEXT, "a")))

    async def totals(self) -> dict[str, int]:
        self._asked()
        return {"tickets": 5, "films": 9}

    async def close(self) -> None: ...


@pytest.fixture
def layers() -> Layers:
    return Layers()


def test_sources_are_described_with_what_the_speed_layer_holds_of_them(layers: Layers) -> None:
    (source,) = layers.get("/sources").json()["items"]
    assert (source["name"], source["events"], source["important"]) == ("tickets", 5, ["expensive"])
    assert {"name": "seat", "type": "integer"} in source["fields"]


def test_each_layer_says_how_far_it_is_behind_as_far_as_that_is_known(layers: Layers) -> None:
    layers.away = {"hdfs"}
    assert layers.get("/layers").json() == {
        "log": {"records": 7, "records_per_second": 1.5},
        "items": [
            {"layer": "speed", "behind_records": 2, "behind_seconds": 0.5},
            {"layer": "s3", "behind_records": 2, "behind_seconds": 0.5},
            {"layer": "hdfs", "behind_records": None, "behind_seconds": None},
        ],
    }
    layers.log_away = True
    assert layers.get("/layers").json()["log"] is None


def test_a_page_is_followed_by_its_cursor(layers: Layers) -> None:
    page = layers.get("/sources/tickets/events", q="faust", limit=1, **{"from": "2026-01-01T13:00:00+01:00"}).json()
    assert page["items"] == [{"event_id": "a", "source": "tickets", "occurred_at": NOON_TEXT, "data": {"film": "Faust"}}]
    layers.get("/sources/tickets/events", cursor=page["cursor"])
    assert layers.asked == [
        ("speed", "tickets", "faust", Window(NOON, None), 1, None),
        ("speed", "tickets", "", Window(), 20, Cursor(NOON_TEXT, "a")),
    ]


@pytest.mark.parametrize("layer", ["speed", "s3", "hdfs"])
def test_counts_are_asked_of_the_layer_that_is_named(layers: Layers, layer: str) -> None:
    answer = layers.get("/sources/tickets/counts", by="online", layer=layer, limit=2, to=NOON_TEXT)
    assert answer.json() == {"total": 3, "items": [{"value": True, "count": 2}, {"value": None, "count": 1}]}
    assert layers.asked == [(layer, "tickets", "online", Window(None, NOON), 2)]


def test_a_field_that_nobody_declared_can_be_counted_by(layers: Layers) -> None:
    assert layers.get("/sources/tickets/counts", by="hall").status_code == 200


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/sources/films/events", {}, 404),
        ("/sources/films/counts", {"by": "film"}, 404),
        ("/sources/films/reconciliation", {}, 404),
        ("/sources/films/important", {}, 404),
        ("/sources/tickets/counts", {}, 422),
        ("/sources/tickets/counts", {"by": "buyer"}, 422),
        ("/sources/tickets/counts", {"by": "buyer.name"}, 422),
        ("/sources/tickets/counts", {"by": "_event_id"}, 422),
        ("/sources/tickets/counts", {"by": 'film" OR 1=1 --'}, 422),
        ("/sources/tickets/counts", {"by": "film\n"}, 422),
        ("/sources/tickets/counts", {"by": ""}, 422),
        ("/sources/tickets/counts", {"by": "film", "layer": "tape"}, 422),
        ("/sources/tickets/counts", {"by": "film", "limit": 0}, 422),
        ("/sources/tickets/counts", {"by": "film", "limit": 50_001}, 422),
        ("/sources/tickets/events", {"limit": 1001}, 422),
        ("/sources/tickets/events", {"cursor": "x"}, 422),
        ("/sources/tickets/events", {"q": "x" * 501}, 422),
        ("/sources/tickets/events", {"from": "yesterday"}, 422),
        ("/sources/tickets/reconciliation", {"from": NOON_TEXT, "to": "2026-01-01T11:59:59Z"}, 422),
        ("/sources/tickets/important", {"limit": -1}, 422),
    ],
)
def test_a_question_that_cannot_be_answered_gets_a_problem_document(layers: Layers, path: str, query: dict[str, Any], status: int) -> None:
    answer = layers.get(path, **query)
    assert_problem(answer.status_code, answer.headers, answer.content, (status,))
    assert layers.asked == []


def test_reconciliation_tells_what_each_layer_misses(layers: Layers) -> None:
    layers.held = {"speed": 5, "s3": 3, "hdfs": 7}
    found = {"speed": 5, "s3": 3, "hdfs": 7, "missing": {"speed": 2, "s3": 4, "hdfs": 0}, "settled": True}
    assert layers.get("/sources/tickets/reconciliation").json() == found
    assert missing({"a": 0, "b": 0}) == {"a": 0, "b": 0}


@pytest.mark.parametrize("away", [{"speed"}, {"hdfs"}, {"speed", "s3", "hdfs"}])
def test_while_a_layer_is_away_what_needs_it_gets_503(layers: Layers, away: set[str]) -> None:
    layers.away = away
    paths = ["/sources/tickets/reconciliation", *(f"/sources/tickets/counts?by=film&layer={layer}" for layer in away)]
    for path in paths + ["/sources", "/sources/tickets/events"] * ("speed" in away):
        answer = layers.get(path)
        assert_problem(answer.status_code, answer.headers, answer.content, (503,))
        assert answer.headers["retry-after"]


def test_reconciliation_names_the_layers_that_do_not_answer(layers: Layers) -> None:
    layers.away = {"hdfs", "speed"}
    assert layers.get("/sources/tickets/reconciliation").json()["detail"] == "no answer from speed and hdfs; try again"


def test_while_the_log_is_away_nothing_is_said_to_be_settled(layers: Layers) -> None:
    layers.log_away = True
    answer = layers.get("/sources/tickets/reconciliation")
    assert_problem(answer.status_code, answer.headers, answer.content, (503,))


def test_important_events_are_those_of_the_source_newest_first(layers: Layers) -> None:
    layers.found.append(ImportantEventFound("x", "films", "rule", "{}", NOON))
    items = layers.get("/sources/tickets/important", limit=2).json()["items"]
    assert [item["event_id"] for item in items] == ["e2", "e1"]
    assert items[0] == {
        "event_id": "e2",
        "source": "tickets",
        "rule": "expensive",
        "data": {"price": 100},
        "occurred_at": "2026-01-01T12:00:00.000002Z",
    }


def test_no_request_that_the_openapi_describes_or_denies_makes_a_5xx(layers: Layers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.suites.openapi_fuzz.ENDLESS", ())
    with asgi.get_client(layers.app) as session:
        schema = schemathesis.openapi.from_asgi("/openapi.json", layers.app)
        tested = fuzz(schema, lambda request: request.call(session=session), examples=20)
    assert len(tested) == 6
