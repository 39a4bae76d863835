"""The catalogue in Elasticsearch: written as catalog-indexer does, asked as catalog-api does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import msgspec
import pytest

from services.movieflix.catalog_api.domain import ShowFound
from services.movieflix.catalog_api.store import SearchedShows
from services.movieflix.catalog_indexer.handler import CatalogueHandler
from services.movieflix.catalog_indexer.store import CatalogueIndex
from services.movieflix.contracts.events import ShowCatalogued
from shared.consumer.handler import Record
from shared.settings import ElasticsearchSettings
from shared.stores import StoreUnavailableError, search
from tests.conftest import Stack
from tests.integration.movieflix.own_indices import own_indices

TITLES = (
    "Alien",
    "Aliens",
    "Alien Nation",
    "AVP: Alien vs. Predator",
    "Amelie (Fabuleux destin d'Amélie Poulain, Le)",
    "Godfather, The",
    "Godfather: Part II, The",
    "Rogue One: A Star Wars Story",
    "Star Wars: Episode IV - A New Hope",
    "Schindler's List",
    "2001: A Space Odyssey",
    "2010: The Year We Make Contact",
    "Extraordinary Adventures of Adèle Blanc-Sec, The",
    "\u5343\u3068\u5343\u5c0b\u306e\u795e\u96a0\u3057",
)


class Catalogue:
    """Writer and reader; refreshed before each search."""

    def __init__(self, settings: ElasticsearchSettings, alias: str) -> None:
        self.client = search.connect(settings)
        self._settings = settings
        self._alias = alias
        self._handler = CatalogueHandler(CatalogueIndex(self.client, alias))

    def put(self, *events: ShowCatalogued) -> list[str]:
        """Reasons of what was rejected."""
        records = [Record("t", 0, i, None, event) for i, event in enumerate(events)]
        return [rejection.reason for rejection in self._handler.handle(records)]

    def search(self, words: str | None = None, genre: str | None = None, limit: int = 100) -> list[str]:
        self.client.indices.refresh(index=self._alias)

        async def ask() -> list[ShowFound]:
            reader = SearchedShows(search.connect_async(self._settings), self._alias)
            try:
                return await reader.search(words, genre, limit)
            finally:
                await reader.close()

        return [show.title for show in asyncio.run(ask())]

    def show(self, show_id: str) -> ShowFound | None:
        async def ask() -> ShowFound | None:
            reader = SearchedShows(search.connect_async(self._settings), self._alias)
            try:
                return await reader.show(show_id)
            finally:
                await reader.close()

        return asyncio.run(ask())


def entry(show_id: str, title: str, at: int = 1, event_id: str = "e", genres: tuple[str, ...] = ()) -> ShowCatalogued:
    return ShowCatalogued(event_id, show_id, title, list(genres), 1927, None, at)


@pytest.fixture(scope="module")
def catalogue(stack: Stack) -> Iterator[Catalogue]:
    client = search.connect(stack.settings.elasticsearch)
    with own_indices(client) as prefix:
        catalogue = Catalogue(stack.settings.elasticsearch, f"{prefix}movieflix-shows")
        entries = [entry(f"show-{i}", title, genres=("Odd",) if i % 2 else ("Even", "Film-Noir")) for i, title in enumerate(TITLES)]
        assert catalogue.put(*entries) == []
        yield catalogue
    client.close()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("alien", ["Alien", "Alien Nation", "AVP: Alien vs. Predator", "Aliens"]),
        ("ALIENS", ["Aliens"]),
        ("amelie", ["Amelie (Fabuleux destin d'Amélie Poulain, Le)"]),
        ("Amélie Poulain", ["Amelie (Fabuleux destin d'Amélie Poulain, Le)"]),
        ("godfahter", ["Godfather, The", "Godfather: Part II, The"]),
        ("the godf", ["Godfather, The", "Godfather: Part II, The"]),
        ("star wa", ["Star Wars: Episode IV - A New Hope", "Rogue One: A Star Wars Story"]),
        ("schindlers list", ["Schindler's List"]),
        ("schindler\u2019s", ["Schindler's List"]),
        ("2001", ["2001: A Space Odyssey"]),
        ("extraordinary adele", ["Extraordinary Adventures of Adèle Blanc-Sec, The"]),
        ("\u5343\u5c0b", ["\u5343\u3068\u5343\u5c0b\u306e\u795e\u96a0\u3057"]),
        ("alien godfather", []),
        ("zzz", []),
        ("!!!", []),
        ('" OR * AND {"query"', []),
        ("a b c d e f g h i j k l m n o p q r s t u v w x y z", []),
    ],
)
def test_a_search_finds_words_and_their_beginnings_best_first(catalogue: Catalogue, words: str, found: list[str]) -> None:
    titles = catalogue.search(words)
    assert titles[: len(found)] == found
    assert found or titles == []


def test_a_single_letter_finds_all_words_that_begin_with_it(catalogue: Catalogue) -> None:
    assert set(catalogue.search("g")) == {"Godfather, The", "Godfather: Part II, The"}


def test_without_words_shows_come_by_title(catalogue: Catalogue) -> None:
    assert catalogue.search() == sorted(TITLES)
    assert catalogue.search(limit=3) == sorted(TITLES)[:3]


def test_a_genre_is_exact(catalogue: Catalogue) -> None:
    assert catalogue.search(genre="Odd") == sorted(TITLES[1::2])
    assert catalogue.search("alien", genre="Film-Noir") == ["Alien", "Alien Nation"]
    assert catalogue.search(genre="Film") == []


def test_an_entry_is_answered_as_it_was_given_and_at_once(catalogue: Catalogue) -> None:
    catalogue.put(ShowCatalogued("e", "faust", "Faust", ["Drama"], 1926, 107, 1))
    assert catalogue.show("faust") == ShowFound("faust", "Faust", ["Drama"], 1926, 107)
    assert catalogue.show("nowhere") is None
    catalogue.client.delete(index=catalogue._alias, id="faust")


def test_the_latest_entry_stands_whatever_the_order_and_however_often(catalogue: Catalogue) -> None:
    history = [entry("late", "first", 1), entry("late", "third", 3, "a"), entry("late", "fourth", 3, "b"), entry("late", "second", 2)]
    for event in [*history, *reversed(history)]:
        assert catalogue.put(event) == []
    found = catalogue.show("late")
    assert found is not None
    assert found.title == "fourth"
    catalogue.client.delete(index=catalogue._alias, id="late")


def test_an_entry_that_the_index_refuses_is_rejected_alone(catalogue: Catalogue) -> None:
    huge = msgspec.structs.replace(entry("huge", "x"), title="x" * 40_000)
    reasons = catalogue.put(entry("é" * 300, "long id"), huge, entry("early", "before 1970", -1), entry("fine", "fine"))
    assert len(reasons) == 3
    assert all(reasons)
    assert catalogue.show("fine") is not None
    catalogue.client.delete(index=catalogue._alias, id="fine")


def test_a_server_that_is_away_is_a_store_that_is_unavailable() -> None:
    catalogue = Catalogue(ElasticsearchSettings(ELASTICSEARCH_URL="http://127.0.0.1:1"), "movieflix-shows")
    with pytest.raises(StoreUnavailableError):
        catalogue.put(entry("faust", "Faust"))
    with pytest.raises(StoreUnavailableError):
        catalogue.show("faust")
