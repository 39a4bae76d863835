"""Request bodies: JSON straight from bytes into msgspec Structs, checked on the way (docs/adr/0005 has what that saves over pydantic)."""

from __future__ import annotations

from typing import Annotated, Any, Generic, TypeVar

import msgspec
from fastapi import Path, Query, Request

from shared.http.problems import ProblemError

T = TypeVar("T")

BATCH_LIMIT = 1000

# `$` alone would let a trailing newline pass.
Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.:-]{1,64}$(?!\n)")]
"""An id in a body."""

PathId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
"""An id in a path. (pydantic's regular expressions take `$` as the very end.)"""

Limit = Annotated[int, Query(ge=1, le=1000)]


class InvalidCommandError(ValueError):
    """A command is well-formed and says something that cannot be."""


class Rejected(msgspec.Struct):
    """An item of a batch that was not taken."""

    index: int
    detail: str


class BatchAnswer(msgspec.Struct):
    accepted: int
    rejected: list[Rejected]


class JsonBody(Generic[T]):
    """The body of one call. Unknown fields are refused where the type says so (`forbid_unknown_fields`)."""

    def __init__(self, body_type: type[T]) -> None:
        self._type = body_type
        self._decode = msgspec.json.Decoder(body_type).decode

    async def read(self, request: Request) -> T:
        """Raises ProblemError: 415 for another content type, 400 for what is no JSON, 422 for what is not of the type."""
        check_content_type(request)
        try:
            return self._decode(await request.body())
        except msgspec.ValidationError as error:
            raise ProblemError(422, str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ProblemError(400, f"the body is no valid JSON: {error}") from error

    def openapi(self) -> dict[str, Any]:
        """For a route's `openapi_extra`."""
        return _openapi(self._type)


class JsonBatch(Generic[T]):
    """A JSON array of 1 to 1,000 items, of which bad ones are set aside one by one."""

    def __init__(self, item_type: type[T]) -> None:
        self._item_type = item_type
        self._decode = msgspec.json.Decoder(list[item_type]).decode  # type: ignore[valid-type]
        self._split = msgspec.json.Decoder(list[msgspec.Raw]).decode
        self._decode_item = msgspec.json.Decoder(item_type).decode

    async def read(self, request: Request) -> tuple[list[tuple[int, T]], list[Rejected]]:
        """The good items with their places, and the bad ones. Raises ProblemError where the body as a whole is no such array."""
        check_content_type(request)
        body = await request.body()
        try:
            return list(enumerate(_counted(self._decode(body)))), []
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._item_by_item(body)

    def _item_by_item(self, body: bytes) -> tuple[list[tuple[int, T]], list[Rejected]]:
        try:
            items = _counted(self._split(body))
        except msgspec.ValidationError as error:
            raise ProblemError(422, str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ProblemError(400, f"the body is no valid JSON: {error}") from error
        good: list[tuple[int, T]] = []
        bad: list[Rejected] = []
        for index, item in enumerate(items):
            try:
                good.append((index, self._decode_item(item)))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                bad.append(Rejected(index, str(error)))
        return good, bad

    def openapi(self) -> dict[str, Any]:
        """For a route's `openapi_extra`."""
        return _openapi(list[self._item_type])  # type: ignore[name-defined]


def check_content_type(request: Request) -> None:
    content_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if content_type != "application/json":
        raise ProblemError(415, f"content type {content_type[:100]!r}: send application/json")


def _counted(items: list[Any]) -> list[Any]:
    if not 1 <= len(items) <= BATCH_LIMIT:
        raise ProblemError(422, f"{len(items)} items: send 1 to {BATCH_LIMIT}")
    return items


def _openapi(body_type: Any) -> dict[str, Any]:
    (schema,), components = msgspec.json.schema_components([body_type], ref_template="#/$defs/{name}")
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _inlined(schema, components)}}}}


def _inlined(schema: Any, components: dict[str, Any]) -> Any:
    """FastAPI collects components from pydantic models only, so references are replaced by what they name."""
    if isinstance(schema, list):
        return [_inlined(part, components) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(components[schema["$ref"].rsplit("/", 1)[1]], components)
    return {key: _inlined(value, components) for key, value in schema.items()}
