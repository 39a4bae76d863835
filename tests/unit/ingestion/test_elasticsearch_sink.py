"""From events to documents: what a document holds, what becomes a dead letter, and how large a request is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import pytest

from services.ingestion.contracts.delivery import Delivery
from services.ingestion.contracts.door import MOST_BYTES
from services.ingestion.elasticsearch_sink import store
from services.ingestion.elasticsearch_sink.domain import Documents
from services.ingestion.elasticsearch_sink.handler import SinkHandler
from services.ingestion.elasticsearch_sink.settings import ElasticsearchSinkSettings
from services.ingestion.elasticsearch_sink.store import REQUEST_BYTES, REQUEST_DOCUMENTS, EventIndex
from shared.consumer.commits import CommitStrategy
from shared.stores import StoreUnavailableError
from shared.stores.search import BulkItem, ItemResult
from tests.unit.ingestion.tickets import NOON, TICKETS, collected, record

SEARCHED = msgspec.structs.replace(TICKETS, fields=TICKETS.fields | {"hall": "string"}, search=("film", "hall"))


def test_a_document_is_the_event_with_its_time_to_the_microsecond_and_the_text_that_it_is_found_by() -> None:
    event = collected("a/1", at=NOON + 1, film='The "Golem"', seat=2**70, buyer={"film": "not this"}, hall="Grand\nRex")
    assert json.loads(bytes(Documents(SEARCHED).document(event))) == {
        "event_id": "a/1",
        "source": "tickets",
        "occurred_at": "2026-01-01T12:00:00.000001Z",
        "text": 'The "Golem" \nGrand\nRex',
        "data": {"film": 'The "Golem"', "seat": 2**70, "buyer": {"film": "not this"}, "hall": "Grand\nRex"},
    }


@pytest.mark.parametrize("film", ["Am\u00e9lie", "Ame\u0301lie"])
def test_a_word_is_found_in_whichever_form_of_unicode_it_came_and_its_data_stays_in_that(film: str) -> None:
    document = json.loads(bytes(Documents(SEARCHED).document(collected("a", film=film))))
    assert (document["text"], document["data"]["film"]) == ("Am\u00e9lie", film)


@pytest.mark.parametrize("film", [None, 7, True, ["Faust"], {"name": "Faust"}])
def test_what_is_no_text_is_not_searched_whatever_its_field_was_declared_as(film: Any) -> None:
    assert json.loads(bytes(Documents(SEARCHED).document(collected("a", film=film))))["text"] == ""


class Index:
    """Remembers what it is given; refuses these for good, or is away."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.added: dict[str, Any] = {}

    def add(self, documents: Iterable[tuple[str, msgspec.Raw]]) -> list[str | None]:
        added = {name: json.loads(bytes(document)) for name, document in documents}
        self.added |= added
        return ["too odd" if name in self.refused else None for name in added]


def test_documents_are_named_by_source_and_id_and_each_refusal_is_of_its_own_record() -> None:
    index = Index("tickets/b", "seats/a")
    handler = SinkHandler(index, {"tickets": TICKETS, "seats": msgspec.structs.replace(TICKETS, name="seats")})
    batch = [
        record(collected(name, source), n)
        for n, (source, name) in enumerate([("tickets", "a"), ("films", "a"), ("seats", "a"), ("tickets", "b")])
    ]
    rejections = {rejection.record.offset: rejection.reason for rejection in handler.handle(batch)}
    assert list(index.added) == ["tickets/a", "seats/a", "tickets/b"]
    assert rejections == {1: "sources.yaml declares no source films", 2: "too odd", 3: "too odd"}


class Elasticsearch:
    """In place of `_bulk`: the requests that would be sent, and a result for each item."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *results: ItemResult) -> None:
        self.requests: list[list[BulkItem]] = []
        self.results = list(results)
        monkeypatch.setattr(store, "bulk_in_turn", self._bulk_in_turn)

    def _bulk_in_turn(self, client: Any, requests: Iterable[Sequence[BulkItem]]) -> list[ItemResult]:
        self.requests += map(list, requests)
        return [self.results.pop(0) if self.results else ItemResult(201, None) for request in self.requests for _ in request]


def index(*, fixed_ids: bool = True) -> EventIndex:
    return EventIndex(None, "events", fixed_ids=fixed_ids)  # type: ignore[arg-type]


def test_a_request_is_bounded_and_nothing_is_left_out_or_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Elasticsearch(monkeypatch)
    documents = [(f"tickets/{n}", msgspec.Raw(b"x" * (MOST_BYTES + n))) for n in range(100)]
    assert index().add(documents) == [None] * 100
    assert [(item.id, item.document) for request in server.requests for item in request] == documents
    sizes = [sum(len(item.document) for item in request) for request in server.requests]
    assert max(sizes) <= REQUEST_BYTES < min(size + 2 * MOST_BYTES for size in sizes[:-1])


def test_a_request_has_a_bounded_number_of_documents_too(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Elasticsearch(monkeypatch)
    index().add((str(n), msgspec.Raw(b"{}")) for n in range(2 * REQUEST_DOCUMENTS + 1))
    assert [len(request) for request in server.requests] == [REQUEST_DOCUMENTS, REQUEST_DOCUMENTS, 1]


def test_nothing_is_sent_for_nothing_and_a_document_beyond_the_bound_goes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Elasticsearch(monkeypatch)
    assert index().add([]) == []
    assert server.requests == []
    sizes = (10, REQUEST_BYTES + 1, 10)
    index().add([(str(n), msgspec.Raw(b"x" * size)) for n, size in enumerate(sizes)])
    assert [len(request) for request in server.requests] == [1, 1, 1]


def test_an_id_that_is_there_is_left_alone_and_any_other_refusal_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Elasticsearch(monkeypatch, ItemResult(201, None), ItemResult(409, "exists"), ItemResult(400, "odd"), ItemResult(413, None))
    outcomes = index().add([(f"tickets/{n}", msgspec.Raw(b"{}")) for n in range(4)])
    assert outcomes == [None, None, "odd", "413"]
    assert {(item.operation, item.alias) for item in server.requests[0]} == {("create", "events")}


def test_without_fixed_ids_the_index_names_the_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Elasticsearch(monkeypatch)
    index(fixed_ids=False).add([("tickets/1", msgspec.Raw(b"{}"))])
    assert server.requests[0][0].id is None


def test_while_a_part_is_not_in_yet_the_handler_says_so() -> None:
    class Away(Index):
        def add(self, documents: Iterable[tuple[str, msgspec.Raw]]) -> list[str | None]:
            raise StoreUnavailableError("away")

    with pytest.raises(StoreUnavailableError):
        list(SinkHandler(Away(), {"tickets": TICKETS}).handle([record(collected("a"), 0)]))


def test_only_the_default_repeats_without_doubling(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ElasticsearchSinkSettings().delivery is Delivery.FIXED_IDS
    for name, strategy, fixed_ids in [
        ("at-most-once", "before", False),
        ("at-least-once-no-ids", "after", False),
        ("at-least-once", "after", True),
        ("auto-commit", "automatic", False),
    ]:
        monkeypatch.setenv("INGESTION_ELASTICSEARCH_SINK_DELIVERY", name)
        settings = ElasticsearchSinkSettings()
        assert (settings.commits, settings.fixed_ids) == (CommitStrategy(strategy), fixed_ids)
