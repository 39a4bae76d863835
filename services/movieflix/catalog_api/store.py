"""The reading side of the index that catalog-indexer keeps."""

from __future__ import annotations

from typing import Any

import msgspec
from elasticsearch import AsyncElasticsearch

from services.movieflix.catalog_api.domain import ShowFound
from services.movieflix.contracts.stores import SHOWS_INDEX
from shared.folding import fold
from shared.stores.search import unavailable_store

FIELDS = list(ShowFound.__struct_fields__)

# A word as it was typed weighs more than one that begins so, and that more than one that is spelled nearly so.
WORD, BEGINNING, NEARLY = 8.0, 4.0, 1.0

AT_THE_START = 2.0
"""What a title gains that begins with the first word."""

MOST_WORDS = 12
"""Each word is three queries; nobody types more of a title."""


class SearchedShows:
    """`alias` is the index in use; tests name one of their own."""

    def __init__(self, client: AsyncElasticsearch, alias: str = SHOWS_INDEX) -> None:
        self._client = client
        self._alias = alias

    async def show(self, show_id: str) -> ShowFound | None:
        with unavailable_store():
            answer = await self._client.mget(index=self._alias, ids=[show_id], source_includes=FIELDS)
        (document,) = answer["docs"]
        return msgspec.convert(document["_source"], ShowFound) if document.get("found") else None

    async def search(self, words: str | None, genre: str | None, limit: int) -> list[ShowFound]:
        folded = fold(words) if words is not None else []
        if words is not None and not folded:
            return []
        with unavailable_store():
            answer = await self._client.search(
                index=self._alias,
                query=query(folded, genre),
                sort=[{"_score": "desc"}, {"title": "asc"}, {"show_id": "asc"}],
                source_includes=FIELDS,
                size=limit,
                track_total_hits=False,
                allow_partial_search_results=False,
            )
        return [msgspec.convert(hit["_source"], ShowFound) for hit in answer["hits"]["hits"]]

    async def close(self) -> None:
        await self._client.close()


def query(words: list[str], genre: str | None) -> dict[str, Any]:
    """Every word must be there; of titles that match alike those are best that begin with the first word, then the shortest."""
    matches: dict[str, Any] = {"must": [_one_word(word) for word in words[:MOST_WORDS]]}
    if words:
        first = {"span_multi": {"match": {"prefix": {"search_title": words[0]}}}}
        matches["should"] = [
            {"constant_score": {"filter": {"span_first": {"match": first, "end": 1}}, "boost": AT_THE_START}},
            # Unlike the constant scores, this one falls with the length of the title: "Alien" stands before "Alien Nation".
            {"match": {"search_title": {"query": " ".join(words), "boost": 0.1}}},
        ]
    if genre is not None:
        matches["filter"] = [{"term": {"genres": genre}}]
    return {"bool": matches}


def _one_word(word: str) -> dict[str, Any]:
    ways: list[tuple[float, dict[str, Any]]] = [
        # `match`, not `term`: the analyzer takes words of some scripts apart.
        (WORD, {"match": {"search_title": {"query": word, "operator": "and"}}}),
        (BEGINNING, {"prefix": {"search_title": word}}),
    ]
    if not word.isdigit():  # another number is no typo
        ways.append((NEARLY, {"fuzzy": {"search_title": {"value": word, "fuzziness": "AUTO:4,8", "prefix_length": 1}}}))
    return {"dis_max": {"queries": [{"constant_score": {"filter": way, "boost": boost}} for boost, way in ways]}}
