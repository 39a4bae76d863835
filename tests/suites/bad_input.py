"""Bad input of every kind, made from a good body: each is to get a problem document with 4xx, and to leave nothing anywhere."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

JSON = "application/json"

HOSTILE_IDS = [
    "",
    " ",
    "a b",
    "x" * 65,
    "x" * 5000,
    "a\n",
    "a\u0000b",
    "../../etc/passwd",
    "a/b",
    "ümlaut",
    "\N{PILE OF POO}",
    "'; DROP TABLE users; --",
    "{{7*7}}",
    "<script>",
    "a\u202eb",
    "*",
    "a|b",
    "%00",
]

HOSTILE_PATH_IDS = [
    "%00",
    "%2e%2e%2f",
    "a%2fb",
    "%0a",
    "a%0d%0ax-evil:1",
    "%ff%fe",
    "%f0%9f%92%a9",
    "x" * 65,
    "x" * 5000,
    "a%20b",
    "*",
    "%7c",
]

HOSTILE_PARAMETERS = [
    "",
    "NaN",
    "-1",
    "0",
    "1e400",
    "9" * 300,
    "%00",
    "%ff",
    "x" * 3000,
    "2026-01-01",
    "9999-12-31T23:59:59Z",
    "[]",
    "*:*",
    "' OR 1=1",
]


@dataclass(frozen=True)
class BadInput:
    """One request body that is not to be taken."""

    name: str
    content: bytes
    headers: tuple[tuple[str, str], ...] = (("content-type", JSON),)
    statuses: tuple[int, ...] = (400, 422)


def bad_bodies(good: dict[str, Any], optional: tuple[str, ...] = (), free_text: tuple[str, ...] = ()) -> Iterator[BadInput]:
    """`optional` fields may be absent or null, `free_text` holds any characters; all other strings are ids or times."""
    text = json.dumps(good)
    yield from _malformed(text)
    yield from _wrong_types(good, optional)
    yield from _wrong_values(good, free_text)
    yield from _wrong_frames(text)


def bad_items(good: dict[str, Any], optional: tuple[str, ...] = (), free_text: tuple[str, ...] = ()) -> Iterator[tuple[str, bytes]]:
    """Items of an array that is good as a whole: each is to be rejected for itself."""
    for bad in [*_wrong_types(good, optional), *_wrong_values(good, free_text)]:
        # A lone surrogate is no JSON (RFC 8259, 8.2): the body as a whole is refused.
        if _is_json(bad.content) and b"\\ud800" not in bad.content:
            yield bad.name, bad.content


def _malformed(text: str) -> Iterator[BadInput]:
    broken = [
        "",
        "{",
        "}",
        text[:-1],
        text + "}",
        text + text,
        text[:-1] + ",}",
        text.replace('"', "'"),
        "nul",
        "//\n" + text,
        "\x00" + text,
    ]
    for number, content in enumerate(broken):
        yield BadInput(f"broken JSON {number}", content.encode())
    yield BadInput("UTF-16", text.encode("utf-16"))
    yield BadInput("byte order mark", b"\xef\xbb\xbf" + text.encode())
    yield BadInput("not UTF-8", text.encode().replace(b'": "', b'": "\xff\xfe', 1))
    yield BadInput("gzip", gzip.compress(text.encode()), (("content-type", JSON), ("content-encoding", "gzip")))
    yield BadInput("deep array", b"[" * 100_000)
    yield BadInput("deep closed array", b"[" * 50_000 + b"]" * 50_000)
    yield BadInput("deep object", b'{"a":' * 50_000 + b"1" + b"}" * 50_000)


def _wrong_types(good: dict[str, Any], optional: tuple[str, ...]) -> Iterator[BadInput]:
    for name, content in (("array", b"[]"), ("string", b'"x"'), ("number", b"1"), ("null", b"null"), ("true", b"true")):
        yield BadInput(f"a bare {name}", content)
    yield BadInput("an empty object", b"{}")
    yield BadInput("an unknown field", json.dumps(good | {"admin": True}).encode())
    for field, value in good.items():
        if field not in optional:
            yield BadInput(f"no {field}", json.dumps({k: v for k, v in good.items() if k != field}).encode())
            yield BadInput(f"{field} null", json.dumps(good | {field: None}).encode())
        others: list[Any] = [True, {}, {"$gt": ""}] + ([] if isinstance(value, list) else [[], [value]])
        others += [5, 1.5] if not isinstance(value, (int, float)) else ["5", str(value), "NaN"]
        for other in others:
            yield BadInput(f"{field} = {other!r}", json.dumps(good | {field: other}).encode())


def _wrong_values(good: dict[str, Any], free_text: tuple[str, ...]) -> Iterator[BadInput]:
    for field, value in good.items():
        if isinstance(value, (int, float)):
            for literal in (
                "NaN",
                "Infinity",
                "-Infinity",
                "-1",
                "-0.001",
                "1e400",
                "-1e400",
                "1e308",
                "9" * 400,
                "0x10",
                "01",
                "+1",
                "1_000",
            ):
                yield BadInput(f"{field} = {literal[:20]}", _with_literal(good, field, literal))
        elif field == "occurred_at":
            for moment in (
                "yesterday",
                "2026-01-01",
                "2026-01-01T00:00:00",
                "2026-02-30T00:00:00Z",
                "9999-12-31T23:59:59Z",
                "1969-12-31T23:59:59Z",
                "",
                "0",
            ):
                yield BadInput(f"{field} = {moment!r}", json.dumps(good | {field: moment}).encode())
        elif isinstance(value, str) and field not in free_text:
            for hostile in HOSTILE_IDS:
                yield BadInput(f"{field} = {hostile[:20]!r}", json.dumps(good | {field: hostile}).encode())
            yield BadInput(f"{field} = lone surrogate", _with_literal(good, field, '"\\ud800"'))


def _wrong_frames(text: str) -> Iterator[BadInput]:
    for content_type in (
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "*/*",
        "",
    ):
        yield BadInput(f"content type {content_type!r}", text.encode(), (("content-type", content_type),), (415,))
    yield BadInput("no content type", text.encode(), (), (415,))
    yield BadInput("20 MB", b'{"user_id": "' + b"x" * 20_000_000 + b'"}', statuses=(413,))


def _with_literal(good: dict[str, Any], field: str, literal: str) -> bytes:
    return json.dumps(good | {field: "@literal@"}).replace('"@literal@"', literal).encode()


def _is_json(content: bytes) -> bool:
    def refuse(literal: str) -> None:
        raise ValueError(literal)

    try:
        json.loads(content, parse_constant=refuse)
    except (ValueError, RecursionError):
        return False
    return True


def assert_problem(status: int, headers: Any, body: bytes, statuses: tuple[int, ...] | range = range(400, 500)) -> None:
    """A problem document (RFC 9457) whose status is the answer's."""
    assert status in statuses, f"{status} {body[:300]!r}"
    assert headers["content-type"] == "application/problem+json", headers["content-type"]
    document = json.loads(body)
    assert {"type", "title", "status", "detail"} <= document.keys(), document
    assert document["status"] == status
    assert document["detail"]
    assert "Traceback" not in document["detail"]
