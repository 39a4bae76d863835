"""Avro in the Confluent wire format: a zero byte, the schema's id as four bytes (big endian), then the Avro body.

Events are msgspec Structs whose fields bear the schema's names. `timestamp-micros` stays an integer here: the logical type is for
other readers, and would cost a datetime for each record.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import fastavro
import msgspec

from shared.contracts import load_contracts
from shared.registry import RegistryUnavailableError, SchemaRegistry, UnknownSchemaError
from shared.topics import Topic

E = TypeVar("E", bound=msgspec.Struct)

_HEADER = struct.Struct(">bI")


class UnreadableError(ValueError):
    """The bytes are no record of this topic; trying again will not help."""


class Encoder(Protocol):
    content_type: str
    """Of what it writes, for the record's header."""

    def encode(self, event: Any) -> bytes: ...


class Decoder(Protocol):
    def decode(self, value: bytes | None) -> Any:
        """Raises UnreadableError, RegistryUnavailableError."""


class AvroCodec(Generic[E]):
    """Writes and reads the values of one topic. `decode` may ask the registry, once for each schema id."""

    content_type = "application/avro"

    def __init__(self, topic: Topic[E], schema: dict[str, Any], registry: SchemaRegistry) -> None:
        self._topic = topic
        self._registry = registry
        self._schema = schema
        self._reader = _parsed(schema)
        self._writers: dict[int, Any] = {}
        self._header = b""

    def encode(self, event: E) -> bytes:
        """Raises UnknownSchemaError where the launcher has not registered the schema, RegistryUnavailableError on the first call only."""
        if not self._header:
            self._header = _HEADER.pack(0, self._registry.schema_id(f"{self._topic.name}-value", self._schema))
        buffer = io.BytesIO()
        buffer.write(self._header)
        fastavro.schemaless_writer(buffer, self._reader, msgspec.to_builtins(event))
        return buffer.getvalue()

    def decode(self, value: bytes | None) -> E:
        """Raises UnreadableError; RegistryUnavailableError where the writer's schema is not known yet."""
        if value is None or len(value) < _HEADER.size or value[0] != 0:
            raise UnreadableError("not in the Confluent wire format")
        schema_id = _HEADER.unpack_from(value)[1]
        writer = self._writers.get(schema_id) or self._writer(schema_id)
        try:
            body = io.BytesIO(value)
            body.seek(_HEADER.size)
            document = fastavro.schemaless_reader(body, writer, self._reader)
            return msgspec.convert(document, self._topic.event)
        except Exception as error:  # fastavro raises whatever its input leads to
            raise UnreadableError(f"no {self._topic.event.__name__}: {error!r}") from error

    def _writer(self, schema_id: int) -> Any:
        try:
            writer = self._writers[schema_id] = _parsed(self._registry.schema(schema_id))
        except RegistryUnavailableError:
            raise
        except UnknownSchemaError as error:
            raise UnreadableError(str(error)) from error
        except Exception as error:  # JSON Schema, or whatever else the registry holds under that id
            raise UnreadableError(f"schema {schema_id} is no Avro schema: {error!r}") from error
        return writer


def codec_factory(case_dir: Path, registry: SchemaRegistry) -> Callable[[Topic[E]], AvroCodec[E]]:
    """`codec(topic)` for the topics that the case in `case_dir` declares."""
    contracts = load_contracts(case_dir)
    return lambda topic: AvroCodec(topic, contracts.schema(topic.name).schema, registry)


def codecs(case_dir: Path, *topics: Topic[Any]) -> Callable[[SchemaRegistry], dict[str, AvroCodec[Any]]]:
    """By topic, once there is a registry: what a runner reads with."""

    def of(registry: SchemaRegistry) -> dict[str, AvroCodec[Any]]:
        codec: Callable[[Topic[Any]], AvroCodec[Any]] = codec_factory(case_dir, registry)
        return {topic.name: codec(topic) for topic in topics}

    return of


def _parsed(schema: dict[str, Any]) -> Any:
    return fastavro.parse_schema(_without_logical_types(schema))


def _without_logical_types(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {key: _without_logical_types(value) for key, value in schema.items() if key != "logicalType"}
    if isinstance(schema, list):
        return [_without_logical_types(part) for part in schema]
    return schema
