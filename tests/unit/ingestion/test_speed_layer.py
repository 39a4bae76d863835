"""What the speed layer is asked for, page by page."""

from __future__ import annotations

import asyncio
from typing import Any

from services.ingestion.query_api.domain import Cursor, from_text
from services.ingestion.query_api.store import SpeedLayer
from shared.window import Window
from tests.unit.ingestion.tickets import NOON, TICKETS

NOON_TEXT = "2026-01-01T12:00:00Z"


class Elasticsearch:
    """Answers what a test gives it; keeps the queries."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self.queries: list[Any] = []

    async def search(self, **query: Any) -> Any:
        self.queries.append(query)
        return self._answer


def test_the_last_page_has_no_cursor_and_a_full_one_leads_on_from_its_last_event() -> None:
    hits = [{"_source": {"event_id": n, "source": "tickets", "occurred_at": NOON_TEXT, "data": {}}, "sort": [NOON_TEXT, n]} for n in "ab"]
    client: Any = Elasticsearch({"hits": {"hits": hits}})
    speed = SpeedLayer(client)
    full = asyncio.run(speed.search(TICKETS, " ", Window(), 2, None))
    assert full.cursor is not None and from_text(full.cursor) == Cursor(NOON_TEXT, "b")
    assert asyncio.run(speed.search(TICKETS, "faust", Window(NOON, None), 3, from_text(full.cursor))).cursor is None
    first, second = client.queries
    assert first["search_after"] is None and "must" not in first["query"]["bool"]
    assert second["search_after"] == [NOON_TEXT, "b"]
    assert {"range": {"occurred_at": {"gte": NOON_TEXT}}} in second["query"]["bool"]["filter"]


def test_a_word_is_asked_for_in_the_form_of_unicode_that_documents_have() -> None:
    client: Any = Elasticsearch({"hits": {"hits": []}})
    for word in ("Am\u00e9lie", "Ame\u0301lie"):
        asyncio.run(SpeedLayer(client).search(TICKETS, word, Window(), 1, None))
    assert {query["query"]["bool"]["must"]["simple_query_string"]["query"] for query in client.queries} == {"Am\u00e9lie"}
