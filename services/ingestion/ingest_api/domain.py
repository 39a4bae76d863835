"""A body as its pieces: the lines of NDJSON while they arrive, or the items of an array."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable, AsyncIterator, Mapping

import msgspec

BODY_LIMIT = 10 * 1024 * 1024
"""As it comes and unpacked."""
MOST_ITEMS = 200_000
"""Of an array, whose items are in memory together: as many as events of fifty bytes are in a body."""
ITEMS_AT_ONCE = 1000
UNPACKED_AT_ONCE = 64 * 1024
GZIP = 16 + zlib.MAX_WBITS

Piece = tuple[int, bytes | msgspec.Raw]
"""The number of a line or item, from 1, and its JSON."""
Pieces = AsyncIterable[list[Piece]]

_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


class BodyError(ValueError):
    """The body as a whole cannot be used; `status` says how it is answered."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


def pieces_of(headers: Mapping[str, str], body: AsyncIterable[bytes]) -> Pieces:
    """`headers` by small names. Raises BodyError: 415 for another type or encoding, 413 where the length that is told is too much.

    Iterating raises it too: 413 for more than BODY_LIMIT or MOST_ITEMS, 400 for what is no gzip or, as an array, no JSON.
    """
    content_type = headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type not in ("application/x-ndjson", "application/json"):
        raise BodyError(415, f"content type {content_type[:100]!r}: send application/x-ndjson, or application/json for an array")
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise BodyError(415, f"content encoding {encoding[:100]!r}: send it as it is, or as gzip")
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > BODY_LIMIT:
        raise _too_large()
    # What is packed too: empty members of gzip could be sent for ever, and unpack to nothing.
    plain = _bounded(_unpacked(_bounded(body)) if encoding == "gzip" else body)
    return _lines(plain) if content_type == "application/x-ndjson" else _array(plain)


async def _lines(body: AsyncIterable[bytes]) -> AsyncIterator[list[Piece]]:
    number, rest = 0, bytearray()
    async for chunk in body:
        head, *more = chunk.split(b"\n")
        # Only what is new is copied: a long line may come in many small chunks.
        rest += head
        if not more:
            continue
        whole, rest = [bytes(rest), *more[:-1]], bytearray(more[-1])
        lines = [(number + i, line) for i, line in enumerate(whole, 1) if line and not line.isspace()]
        number += len(whole)
        if lines:
            yield lines
    if rest and not rest.isspace():
        yield [(number + 1, bytes(rest))]


async def _array(body: AsyncIterable[bytes]) -> AsyncIterator[list[Piece]]:
    whole = b"".join([chunk async for chunk in body])
    try:
        items = _items(whole)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BodyError(400, f"the body is no JSON array: {error}") from error
    if len(items) > MOST_ITEMS:
        raise BodyError(413, f"the array has {len(items)} items: {MOST_ITEMS} at most")
    for start in range(0, len(items), ITEMS_AT_ONCE):
        yield list(enumerate(items[start : start + ITEMS_AT_ONCE], start + 1))


async def _bounded(body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in body:
        size += len(chunk)
        if size > BODY_LIMIT:
            raise _too_large()
        yield chunk


async def _unpacked(body: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Never more than UNPACKED_AT_ONCE at a time: what is small packed may be huge unpacked. Several members are one text (RFC 1952)."""
    unpacker = zlib.decompressobj(GZIP)
    fresh = True
    async for packed in body:
        while packed:
            fresh = False
            try:
                unpacked = unpacker.decompress(packed, UNPACKED_AT_ONCE)
            except zlib.error as error:
                raise BodyError(400, f"the body is no gzip: {error}") from error
            if unpacked:
                yield unpacked
            packed = unpacker.unconsumed_tail
            if unpacker.eof:
                packed, unpacker, fresh = unpacker.unused_data, zlib.decompressobj(GZIP), True
    if not fresh:
        raise BodyError(400, "the body is cut off in the middle of its gzip")


def _too_large() -> BodyError:
    return BodyError(413, f"the body has more than {BODY_LIMIT} bytes, as it came or unpacked: send less at a time")
