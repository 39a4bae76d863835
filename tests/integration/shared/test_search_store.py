"""The bulk writer on the real Elasticsearch: each item for itself, and what is away apart from what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal
from uuid import uuid4

import pytest
from elasticsearch import Elasticsearch

from shared.settings import ElasticsearchSettings
from shared.stores import StoreUnavailableError, search
from shared.stores.latest import index_latest
from shared.stores.search import BulkItem, bulk
from tests.conftest import Stack

MAPPINGS = {"dynamic": "strict", "properties": {"event_id": {"type": "keyword"}, "seat": {"type": "keyword"}, "row": {"type": "integer"}}}


@pytest.fixture
def client(stack: Stack) -> Iterator[Elasticsearch]:
    client = search.connect(stack.settings.elasticsearch)
    yield client
    client.close()


@pytest.fixture
def alias(client: Elasticsearch) -> Iterator[str]:
    alias = f"test-{uuid4().hex[:12]}"
    client.indices.create(index=f"{alias}-v1", mappings=MAPPINGS, aliases={alias: {}})
    yield alias
    client.indices.delete(index=f"{alias}-v1")


def item(alias: str, seat: str, version: int | None = None, operation: Literal["create", "index"] = "index", **more: Any) -> BulkItem:
    return BulkItem(operation, alias, more.pop("id", "1"), {"seat": seat} | more, version)


def stored(client: Elasticsearch, alias: str, document_id: str = "1") -> Any:
    return client.get(index=alias, id=document_id)["_source"]["seat"]


def test_the_second_create_of_an_id_is_a_conflict_and_changes_nothing(client: Elasticsearch, alias: str) -> None:
    results = bulk(client, [item(alias, "A1", operation="create"), item(alias, "B2", operation="create"), item(alias, "C3", id="2")])
    assert [result.status for result in results] == [201, 409, 201]
    assert [result.conflict for result in results] == [False, True, False]
    assert (stored(client, alias), stored(client, alias, "2")) == ("A1", "C3")


def test_only_a_higher_version_is_written(client: Elasticsearch, alias: str) -> None:
    versions = [("A1", 5), ("B2", 5), ("C3", 4), ("D4", 6)]
    results = bulk(client, [item(alias, seat, version) for seat, version in versions])
    assert [result.status for result in results] == [201, 409, 409, 200]
    assert stored(client, alias) == "D4"


@pytest.mark.parametrize(
    "bad",
    [{"row": "no number"}, {"unknown": 1}, {"id": "x" * 600}, {"version": -1}],
    ids=["wrong type", "unknown field", "too long an id", "negative version"],
)
def test_an_item_that_is_refused_is_refused_alone(client: Elasticsearch, alias: str, bad: dict[str, Any]) -> None:
    results = bulk(client, [item(alias, "A1", id="1"), item(alias, "B2", **({"id": "2"} | bad)), item(alias, "C3", id="3")])
    assert [result.status for result in results] == [201, 400, 201]
    assert results[1].error


def test_a_missing_index_is_waited_for_and_not_made_up(client: Elasticsearch) -> None:
    missing = f"test-{uuid4().hex[:12]}"
    with pytest.raises(StoreUnavailableError):
        bulk(client, [item(missing, "A1")])
    assert not client.indices.exists(index=missing)


def test_nobody_listening_is_a_store_that_is_away() -> None:
    client = search.connect(ElasticsearchSettings(ELASTICSEARCH_URL="http://127.0.0.1:1"))
    with pytest.raises(StoreUnavailableError):
        bulk(client, [item("seats", "A1")])
    assert "Elasticsearch" in (search.health_check(client)() or "")


def test_a_cluster_that_answers_is_healthy(client: Elasticsearch) -> None:
    assert search.health_check(client)() is None


def test_nothing_to_write_is_written_at_once(client: Elasticsearch) -> None:
    assert bulk(client, []) == []


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_the_latest_by_version_and_event_id_stands_in_every_order(client: Elasticsearch, alias: str, order: tuple[int, ...]) -> None:
    events = [("A1", 5, "a"), ("B2", 7, "a"), ("C3", 7, "c"), ("D4", 7, "b")]
    for number in order:
        seat, version, event_id = events[number]
        index_latest(client, [item(alias, seat, version, event_id=event_id)])
    assert stored(client, alias) == "C3"
    assert [result.status for result in index_latest(client, [item(alias, "C3", 7, event_id="c")])] == [409]
