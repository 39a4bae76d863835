"""The analytics in Elasticsearch: the suite of the in-memory store, and what only a server can do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from services.movieflix.analytics_api.store import SearchedEvents
from services.movieflix.analytics_sink.domain import Event
from services.movieflix.analytics_sink.store import ElasticsearchAnalytics
from shared.settings import ElasticsearchSettings
from shared.stores import StoreUnavailableError, search
from shared.stores.latest import index_latest
from shared.stores.search import BulkItem
from shared.window import Window
from tests.conftest import Stack
from tests.integration.movieflix.own_indices import own_indices
from tests.suites.analytics_suite import ALL, NOON, AnalyticsSuite, handle, rated, ratings, summary, viewed


class RefreshedAnalytics:
    """Writer and reader as the services have them; refreshed before each question, so that no test waits for the second of a refresh."""

    def __init__(self, settings: ElasticsearchSettings, prefix: str) -> None:
        self.client = search.connect(settings)
        self.prefix = prefix
        self._settings = settings
        self._writer = ElasticsearchAnalytics(self.client, prefix)

    def keep(self, events: Sequence[Event]) -> Any:
        return self._writer.keep(events)

    def derive(self, ratings: Mapping[str, Any], positions: Mapping[str, Any]) -> None:
        self._writer.derive(ratings, positions)

    def __getattr__(self, question: str) -> Any:
        async def ask(*arguments: Any) -> Any:
            self.client.indices.refresh(index=f"{self.prefix}movieflix-*")
            reader = SearchedEvents(search.connect_async(self._settings), self.prefix)
            try:
                return await getattr(reader, question)(*arguments)
            finally:
                await reader.close()

        return ask


@pytest.fixture
def analytics(stack: Stack) -> Iterator[RefreshedAnalytics]:
    client = search.connect(stack.settings.elasticsearch)
    with own_indices(client) as prefix:
        analytics = RefreshedAnalytics(stack.settings.elasticsearch, prefix)
        yield analytics
        analytics.client.close()
    client.close()


class TestElasticsearchAnalytics(AnalyticsSuite):
    """All of the suite."""

    def test_titles_come_from_the_catalogue(self, analytics: RefreshedAnalytics) -> None:
        alias = f"{analytics.prefix}movieflix-shows"
        analytics.client.index(index=alias, id="metropolis", document={"show_id": "metropolis", "title": "Metropolis"})
        assert asyncio.run(analytics.titles(["metropolis", "faust"])) == {"metropolis": "Metropolis"}
        assert asyncio.run(analytics.titles([])) == {}
        assert asyncio.run(analytics.drop_off("metropolis", 2)).viewers == 0

    def test_an_index_that_is_missing_is_waited_for(self, analytics: RefreshedAnalytics) -> None:
        handle(analytics, rated(2.0))
        missing = f"{analytics.prefix}movieflix-ratings-v1"
        analytics.client.indices.delete(index=missing)
        with pytest.raises(StoreUnavailableError):
            handle(analytics, viewed(), rated())
        assert not analytics.client.indices.exists(index=missing), "a missing index is never made up"
        with pytest.raises(StoreUnavailableError):
            summary(analytics)

    def test_an_index_that_takes_no_writes_is_waited_for_and_nothing_is_lost(self, analytics: RefreshedAnalytics) -> None:
        event = rated(2.0)
        current = f"{analytics.prefix}movieflix-current-ratings-v1"
        analytics.client.indices.put_settings(index=current, settings={"index.blocks.write": True})
        with pytest.raises(StoreUnavailableError):
            handle(analytics, event)
        analytics.client.indices.put_settings(index=current, settings={"index.blocks.write": False})
        handle(analytics, event)
        assert ratings(analytics) == {"metropolis": (1, 2.0)}

    def test_times_are_kept_to_the_microsecond(self, analytics: RefreshedAnalytics) -> None:
        handle(analytics, rated(at=NOON + 1, id="r1"))
        stored = analytics.client.get(index=f"{analytics.prefix}movieflix-ratings", id="r1")["_source"]
        assert stored["occurred_at"] == "2017-01-01T12:00:00.000001Z"

    def test_an_item_that_would_fail_the_whole_request_fails_alone(self, analytics: RefreshedAnalytics) -> None:
        alias = f"{analytics.prefix}movieflix-viewings"
        document = {"user_id": "ada", "show_id": "faust", "furthest_fraction": 0.5}
        items = [
            BulkItem("index", alias, "é" * 300, document, 1),
            BulkItem("index", alias, "negative", document, -1),
            BulkItem("index", alias, "unknown-field", document | {"mood": "good"}, 1),
            BulkItem("index", alias, "good", document, 1),
        ]
        results = search.bulk(analytics.client, items)
        assert [result.status for result in results] == [400, 400, 400, 201]
        assert all(result.error for result in results[:3])
        assert search.bulk(analytics.client, []) == []

    def test_the_latest_document_stands_and_the_answer_says_which(self, analytics: RefreshedAnalytics) -> None:
        def write(version: int, event_id: str) -> int:
            document = {"event_id": event_id, "show_id": "faust", "title": event_id}
            (result,) = index_latest(
                analytics.client, [BulkItem("index", f"{analytics.prefix}movieflix-shows", "faust", document, version)]
            )
            return result.status

        assert [write(5, "b"), write(4, "z"), write(5, "a"), write(5, "b"), write(5, "c"), write(6, "a")] == [201, 409, 409, 409, 200, 200]


def test_a_server_that_is_away_is_a_store_that_is_unavailable() -> None:
    settings = ElasticsearchSettings(ELASTICSEARCH_URL="http://127.0.0.1:1")
    with pytest.raises(StoreUnavailableError):
        handle(ElasticsearchAnalytics(search.connect(settings)), rated())

    async def ask() -> None:
        reader = SearchedEvents(search.connect_async(settings))
        try:
            for question in (reader.summary(ALL), reader.rated(Window()), reader.drop_off("faust", 2), reader.titles(["faust"])):
                with pytest.raises(StoreUnavailableError):
                    await question
        finally:
            await reader.close()

    asyncio.run(ask())
    assert search.health_check(search.connect(settings))() is not None
