"""Which files there are, and of which source each is."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from services.ingestion.contracts.sources import Source, at

ENDINGS = (".ndjson", ".jsonl", ".json", ".ndjson.gz", ".jsonl.gz", ".json.gz")
NO_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_parse = msgspec.json.Decoder(msgspec.Raw).decode


class DataError(ValueError):
    """The data cannot be replayed; a sentence that says what to do."""


class File(NamedTuple):
    path: Path
    source: str
    lines: list[bytes]
    time: str
    """Where an event says when it happened."""
    id: str | None


def read_files(folder: Path, sources: Mapping[str, Source]) -> list[File]:
    """Raises DataError."""
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder: name one that holds NDJSON files.")
    paths = sorted(path for path in folder.iterdir() if path.name.endswith(ENDINGS))
    if not paths:
        raise DataError(f"{folder} holds no file that ends in {', '.join(ENDINGS)}.")
    return [_read(path, sources) for path in paths]


def _read(path: Path, sources: Mapping[str, Source]) -> File:
    try:
        content = path.read_bytes()
        text = gzip.decompress(content) if path.name.endswith(".gz") else content
        lines = [line for line in text.splitlines() if line.strip()]
        first = msgspec.json.decode(lines[0])
    except (OSError, EOFError, zlib.error, IndexError, *NO_JSON) as error:
        raise DataError(f"{path} cannot be read as one JSON object a line: {error!r}.") from error
    for number, line in enumerate(lines, 1):
        try:
            _parse(line)
        except NO_JSON as error:  # it would make an array of a thousand others unreadable
            raise DataError(f"{path}, line {number} (empty ones not counted) is no JSON: {error}.") from error
    source = _source(first, sources) if isinstance(first, dict) else None
    if source is None:
        raise DataError(f"{path} has the time of no declared source: add an entry to services/ingestion/sources.yaml.")
    return File(path, source.name, lines, source.time, source.id)


def _source(first: dict[str, Any], sources: Mapping[str, Source]) -> Source | None:
    """Of those that find their time in it, the one that knows most of its fields."""
    fitting = [source for source in sources.values() if at(first, source.time) is not None]
    return max(fitting, key=lambda source: len(source.fields.keys() & first.keys()), default=None)
