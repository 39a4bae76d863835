"""Cutting a stored answer to what was asked for."""

from __future__ import annotations

from typing import Any

import msgspec

DEFAULT_LIMIT = 10
MAX_LIMIT = 100


class Recommendations(msgspec.Struct):
    """The stored document; items stay as they are."""

    user_id: str
    model: dict[str, Any] | None
    fallback: str | None
    items: list[msgspec.Raw]


_decode = msgspec.json.Decoder(Recommendations).decode
_encode = msgspec.json.Encoder().encode


def answer(body: bytes, user_id: str, limit: int) -> bytes:
    """The document with the user's id and the first `limit` items."""
    document = _decode(body)
    document.user_id = user_id
    document.items = document.items[:limit]
    return _encode(document)


def nothing_yet(user_id: str) -> bytes:
    """Before the first model: nothing to recommend, said in the usual shape."""
    return _encode(Recommendations(user_id, None, "popular", []))
