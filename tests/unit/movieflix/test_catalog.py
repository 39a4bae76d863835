from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.movieflix.catalog_api.app import catalog_api
from services.movieflix.catalog_api.domain import ShowFound
from services.movieflix.catalog_indexer.domain import latest_entries
from services.movieflix.catalog_indexer.handler import CatalogueHandler
from services.movieflix.contracts.events import ShowCatalogued
from services.movieflix.contracts.topics import CASE_DIR, SHOWS
from shared.clock import rising
from shared.consumer.handler import Record
from shared.contracts import load_contracts
from shared.folding import fold
from shared.health import Health
from shared.registry import InMemorySchemaRegistry
from shared.serialization import AvroCodec, codec_factory
from shared.stores import StoreUnavailableError
from shared.testing import InMemoryBroker, InMemoryPublisher

METROPOLIS = {"title": "Metropolis", "genres": ["Sci-Fi", "Drama"], "year": 1927, "runtime_minutes": 153}


class Shelf:
    """A catalog_api.app.Shows that finds what it was given."""

    def __init__(self) -> None:
        self.away = False
        self.asked: list[tuple[str | None, str | None, int]] = []

    async def show(self, show_id: str) -> ShowFound | None:
        if self.away:
            raise StoreUnavailableError("the index is away")
        return ShowFound("metropolis", "Metropolis", ["Sci-Fi"]) if show_id == "metropolis" else None

    async def search(self, words: str | None, genre: str | None, limit: int) -> list[ShowFound]:
        self.asked.append((words, genre, limit))
        return [ShowFound("metropolis", "Metropolis", ["Sci-Fi"], 1927, 153)]

    async def close(self) -> None: ...


class Catalogue:
    """The service over a log in memory."""

    def __init__(self) -> None:
        self.broker = InMemoryBroker()
        self.broker.create_topic(SHOWS.name)
        self.shelf = Shelf()
        registry = InMemorySchemaRegistry()
        schema = load_contracts(CASE_DIR).schema(SHOWS.name)
        registry.register(schema.subject, schema.schema)
        self.codec: AvroCodec[ShowCatalogued] = codec_factory(CASE_DIR, registry)(SHOWS)

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def ask() -> httpx.Response:
            app = catalog_api(lambda: InMemoryPublisher(self.broker), lambda _: self.codec, rising(lambda: 7), self.shelf, Health())
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, f"/v1/shows{path}", **options)

        return asyncio.run(ask())

    def published(self) -> list[ShowCatalogued]:
        return [self.codec.decode(message.value()) for message in self.broker.records(SHOWS.name)]


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue()


def test_an_entry_is_in_the_log_once_it_is_acknowledged(catalogue: Catalogue) -> None:
    response = catalogue.call("PUT", "/metropolis", json=METROPOLIS)
    assert response.status_code == 202
    (event,) = catalogue.published()
    assert event == ShowCatalogued(response.json()["event_id"], "metropolis", "Metropolis", ["Sci-Fi", "Drama"], 1927, 153, 7)


def test_year_and_running_time_may_be_unknown(catalogue: Catalogue) -> None:
    assert catalogue.call("PUT", "/faust", json={"title": "Faust", "genres": []}).status_code == 202
    (event,) = catalogue.published()
    assert (event.year, event.runtime_minutes) == (None, None)


def test_of_two_entries_of_a_show_in_a_batch_the_second_is_later(catalogue: Catalogue) -> None:
    items = [METROPOLIS | {"show_id": "metropolis", "title": title} for title in ("Metropolis", "Metropolis (restored)")]
    assert catalogue.call("POST", "/batch", json=items).json() == {"accepted": 2, "rejected": []}
    assert latest_entries(catalogue.published())["metropolis"].title == "Metropolis (restored)"


def test_bad_items_of_a_batch_are_rejected_one_by_one(catalogue: Catalogue) -> None:
    items = [METROPOLIS, METROPOLIS | {"show_id": "a", "title": "\n"}, METROPOLIS | {"show_id": "b"}, METROPOLIS | {"show_id": "c d"}]
    answer = catalogue.call("POST", "/batch", json=items).json()
    assert answer["accepted"] == 1
    assert [rejected["index"] for rejected in answer["rejected"]] == [0, 1, 3]
    assert [event.show_id for event in catalogue.published()] == ["b"]


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""},
        {"title": "   "},
        {"title": "x" * 301},
        {"title": "line\nbreak"},
        {"title": "bell\x07"},
        {"title": 7},
        {"title": None},
        {"genres": ["x"] * 21},
        {"genres": [""]},
        {"genres": ["x" * 51]},
        {"genres": ["a\u2028b"]},
        {"genres": "Drama"},
        {"genres": None},
        {"year": 1869},
        {"year": 2101},
        {"year": 1927.5},
        {"year": "1927"},
        {"year": True},
        {"runtime_minutes": 0},
        {"runtime_minutes": 100_001},
        {"show_id": "metropolis"},
        {"mood": "good"},
    ],
)
def test_a_bad_entry_is_refused_and_leaves_nothing_in_the_log(catalogue: Catalogue, change: dict[str, Any]) -> None:
    response = catalogue.call("PUT", "/metropolis", json=METROPOLIS | change)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert catalogue.published() == []


@pytest.mark.parametrize("body", [b"", b"{", b'{"title": "\xff"}', b'[{"title": "\xff"}]', b"[" * 100_000, b'{"title": NaN}', b"null"])
def test_what_is_no_json_of_an_entry_is_refused(catalogue: Catalogue, body: bytes) -> None:
    for method, path in (("PUT", "/metropolis"), ("POST", "/batch")):
        response = catalogue.call(method, path, content=body, headers={"content-type": "application/json"})
        assert response.status_code in (202, 400, 422)
        assert response.status_code != 202 or response.json()["accepted"] == 0
    assert catalogue.published() == []


def test_another_content_type_is_refused(catalogue: Catalogue) -> None:
    for method, path in (("PUT", "/metropolis"), ("POST", "/batch")):
        assert catalogue.call(method, path, content=b"{}", headers={"content-type": "text/plain"}).status_code == 415


@pytest.mark.parametrize("path", ["/a%20b", "/a%0a", "/" + "x" * 65, "/%00"])
def test_a_hostile_id_is_refused(catalogue: Catalogue, path: str) -> None:
    assert catalogue.call("PUT", path, json=METROPOLIS).status_code == 422
    assert catalogue.call("GET", path).status_code == 422


def test_while_the_log_is_away_an_entry_is_503_with_the_id_to_repeat(catalogue: Catalogue) -> None:
    catalogue.broker.reachable = False
    response = catalogue.call("PUT", "/metropolis", json=METROPOLIS)
    assert response.status_code == 503
    assert response.json()["event_id"]


def test_a_show_is_found_or_not(catalogue: Catalogue) -> None:
    assert catalogue.call("GET", "/metropolis").json() == {
        "show_id": "metropolis",
        "title": "Metropolis",
        "genres": ["Sci-Fi"],
        "year": None,
        "runtime_minutes": None,
    }
    assert catalogue.call("GET", "/faust").status_code == 404
    catalogue.shelf.away = True
    assert catalogue.call("GET", "/metropolis").status_code == 503


def test_a_search_without_words_asks_for_all(catalogue: Catalogue) -> None:
    assert catalogue.call("GET", "").json()["items"][0]["show_id"] == "metropolis"
    catalogue.call("GET", "", params={"q": "", "genre": "Drama", "limit": 100})
    assert catalogue.shelf.asked == [(None, None, 20), (None, "Drama", 100)]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 101}, {"limit": "x"}, {"q": "x" * 201}, {"genre": "x" * 51}])
def test_a_bad_search_is_refused(catalogue: Catalogue, query: dict[str, Any]) -> None:
    assert catalogue.call("GET", "", params=query).status_code == 422


def entry(at: int, event_id: str = "e", title: str = "Metropolis") -> ShowCatalogued:
    return ShowCatalogued(event_id, "metropolis", title, [], None, None, at)


def test_the_latest_entry_stands_and_of_two_at_one_instant_the_higher_event_id() -> None:
    assert latest_entries([entry(2), entry(1)])["metropolis"].occurred_at == 2
    assert latest_entries([entry(1, "b"), entry(1, "a")])["metropolis"].event_id == "b"


def test_an_entry_that_cannot_be_stored_does_not_hide_the_one_before_it() -> None:
    stored = []

    class Picky:
        def put(self, entries: Mapping[str, ShowCatalogued]) -> dict[str, str]:
            refused = {show_id: "too bad" for show_id, entry in entries.items() if entry.title == "bad"}
            stored.extend(entry for show_id, entry in entries.items() if show_id not in refused)
            return refused

    events = [entry(1), entry(2, title="good"), entry(3, title="bad"), entry(4, title="bad")]
    rejections = list(CatalogueHandler(Picky()).handle([Record("t", 0, i, None, event) for i, event in enumerate(events)]))
    assert [event.title for event in stored] == ["good"]
    assert sorted(rejection.record.offset for rejection in rejections) == [2, 3]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Amélie", "amelie"),
        ("Schindler\u2019s List", "schindlers list"),
        ("WALL\u00b7E", "wall e"),
        ("Łódź, Ærø & Straße", "lodz aero strasse"),
        ("\u0130stanbul \u0131\u015f\u0131k", "istanbul isik"),
        ("snake_case - (1927)!", "snake case 1927"),
        ("...", ""),
    ],
)
def test_text_is_folded_to_what_people_type(text: str, words: str) -> None:
    assert " ".join(fold(text)) == words


@given(st.text())
def test_folding_folded_words_changes_nothing(text: str) -> None:
    words = fold(text)
    assert fold(" ".join(words)) == words
