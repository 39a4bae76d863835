"""A body as its pieces, whatever the chunks that it arrives in, in bounded time and memory."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingestion.ingest_api.domain import BODY_LIMIT, MOST_ITEMS, BodyError, pieces_of

NDJSON = {"content-type": "application/x-ndjson"}
JSON = {"content-type": "application/json"}
PACKED = {"content-encoding": "gzip"}


async def chunks(parts: Iterable[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def pieces(headers: dict[str, str], *parts: bytes) -> list[tuple[int, bytes]]:
    async def collect() -> list[tuple[int, bytes]]:
        return [(number, bytes(text)) async for some in pieces_of(headers, chunks(parts)) for number, text in some]

    return asyncio.run(collect())


def status(headers: dict[str, str], *parts: bytes) -> int:
    with pytest.raises(BodyError) as error:
        pieces(headers, *parts)
    return error.value.status


def cut(text: bytes, places: list[int]) -> list[bytes]:
    bounds = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(bounds)]


LINES = st.lists(st.sampled_from([b"{}", b'{"a":1}', b"", b" ", b"\r", b"x" * 40, b'"\xc3\xbc"']), max_size=8)


@given(LINES, st.sampled_from([b"\n", b"\r\n"]), st.booleans(), st.lists(st.integers(0, 400), max_size=6), st.integers(0, 3))
def test_lines_are_counted_from_one_empty_ones_too_however_they_arrive(
    lines: list[bytes], end: bytes, ended: bool, places: list[int], packed: int
) -> None:
    text = end.join(lines) + (end if ended and lines else b"")
    expected = [(number, line) for number, line in enumerate(text.split(b"\n"), 1) if line.strip()]
    headers = NDJSON
    if packed:
        headers = NDJSON | PACKED
        text = b"".join(gzip.compress(part) for part in cut(text, places[:packed]))
    assert pieces(headers, *cut(text, places)) == expected


@given(st.lists(st.sampled_from([1, "a,b", None, [1, [2]], {"a": {"b": "]"}}]), max_size=6), st.lists(st.integers(0, 200), max_size=4))
def test_items_of_an_array_are_counted_from_one(items: list[Any], places: list[int]) -> None:
    found = pieces(JSON, *cut(json.dumps(items, indent=1).encode(), places))
    assert [(number, json.loads(text)) for number, text in found] == list(enumerate(items, 1))


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"1", b"null", b"[1,]", b"[1", b"[1]]", b"[1][2]", b"[" * 100_000, b"\xff", b"[\xff]", b"[nul]"]
)
def test_what_is_no_array_is_told(text: bytes) -> None:
    assert status(JSON, text) == 400


@pytest.mark.parametrize(
    ("content_type", "good"),
    [
        ("application/x-ndjson", True),
        ("Application/X-NDJSON; charset=utf-8", True),
        ("application/json;x=1", True),
        ("application/jsonl", False),
        ("text/plain", False),
        ("", False),
    ],
)
def test_a_body_says_what_it_is(content_type: str, good: bool) -> None:
    if good:
        pieces({"content-type": content_type}, b"[]")
    else:
        assert status({"content-type": content_type}, b"[]") == status({}, b"[]") == 415


def test_gzip_is_the_only_packing() -> None:
    for encoding in ("br", "deflate", "gzip, gzip", "zstd", "x" * 5000):
        assert status(NDJSON | {"content-encoding": encoding}, b"{}") == 415
    assert pieces(NDJSON | {"content-encoding": "identity"}, b"{}") == [(1, b"{}")]
    assert pieces(NDJSON | {"content-encoding": " GZIP "}, gzip.compress(b"{}")) == [(1, b"{}")]


@pytest.mark.parametrize(
    "packed", [b"{}", b"\x1f\x8b", gzip.compress(b"{}")[:-1], gzip.compress(b"{}") + b"more", zlib.compress(b"{}"), b"\0"]
)
def test_what_is_no_whole_gzip_is_told(packed: bytes) -> None:
    assert status(NDJSON | PACKED, packed) == status(NDJSON | PACKED, *cut(packed, list(range(len(packed))))) == 400


def test_a_wrong_checksum_is_told() -> None:
    broken = bytearray(gzip.compress(b'{"a":1}\n' * 1000))
    broken[-8] ^= 1
    assert status(NDJSON | PACKED, bytes(broken)) == 400


def test_ten_megabytes_pass_and_a_byte_more_does_not() -> None:
    text = b"x" * (BODY_LIMIT - 1) + b"\n"
    for headers, pack in ((NDJSON, bytes), (NDJSON | PACKED, gzip.compress)):
        assert len(pieces(headers, pack(text))) == 1
        assert status(headers, pack(text + b"x")) == 413
    assert status(NDJSON | {"content-length": str(BODY_LIMIT + 1)}, b"{}") == 413
    assert pieces(NDJSON | {"content-length": str(BODY_LIMIT)}, b"{}") == [(1, b"{}")]
    assert pieces(NDJSON | {"content-length": "much"}, b"{}") == [(1, b"{}")]


def test_a_small_body_that_unpacks_to_a_gigabyte_is_refused_in_little_memory() -> None:
    member = gzip.compress((b" " * (2**20 - 1) + b"\n") * 16)
    bomb = member * 64
    assert len(bomb) < 1_200_000
    tracemalloc.start()
    try:
        assert status(NDJSON | PACKED, *cut(bomb, list(range(0, len(bomb), 65536)))) == 413
        assert tracemalloc.get_traced_memory()[1] < BODY_LIMIT // 2
    finally:
        tracemalloc.stop()


@pytest.mark.timeout(30)
def test_a_packed_body_that_unpacks_to_nothing_is_bounded_too() -> None:
    empty = gzip.compress(b"") * 3000
    assert pieces(NDJSON | PACKED, empty) == []
    assert status(NDJSON | PACKED, *[empty] * (BODY_LIMIT // len(empty) + 1)) == 413


@pytest.mark.timeout(30)
def test_a_line_that_arrives_byte_by_byte_costs_no_more_than_its_length() -> None:
    ((number, line),) = pieces(NDJSON, *([b"x" * 20] * (BODY_LIMIT // 20)))
    assert (number, len(line)) == (1, BODY_LIMIT // 20 * 20)


def test_an_array_has_so_many_items_and_no_more() -> None:
    assert len(pieces(JSON, b"[" + b",".join([b"1"] * MOST_ITEMS) + b"]")) == MOST_ITEMS
    assert status(JSON, b"[" + b",".join([b"1"] * (MOST_ITEMS + 1)) + b"]") == 413
