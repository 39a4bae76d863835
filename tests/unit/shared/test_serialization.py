"""AvroCodec: the Confluent wire format, other writers' schemas, and bytes that are no record."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.registry import InMemorySchemaRegistry, UnknownSchemaError
from shared.serialization import AvroCodec, UnreadableError, codecs
from tests.suites.events import SCHEMA, SeatTaken, codec_of, seat_taken, topic_of

TOPIC = topic_of("cinema.seats")


def written_with(schema: dict[str, Any], document: dict[str, Any]) -> tuple[bytes, InMemorySchemaRegistry]:
    """A record as a service with another schema writes it; its id is 2."""
    registry = InMemorySchemaRegistry()
    registry.register("cinema.seats-value", SCHEMA)
    schema_id = registry.register("cinema.seats-value", schema)
    body = io.BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(schema), document)
    return b"\0" + schema_id.to_bytes(4, "big") + body.getvalue(), registry


def without(field: str) -> dict[str, Any]:
    return SCHEMA | {"fields": [entry for entry in SCHEMA["fields"] if entry["name"] != field]}


def test_a_value_is_a_zero_byte_the_schema_id_and_the_avro_body() -> None:
    value = codec_of("cinema.seats").encode(SeatTaken("e", "A1", 3, 1))
    assert value == b"\0" + b"\0\0\0\x01" + b"\x02e" + b"\x04A1" + b"\x06" + b"\x02"


@given(st.text(), st.text(), st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_every_event_comes_back_equal(event_id: str, seat: str, number: int, occurred_at: int) -> None:
    event = SeatTaken(event_id, seat, number, occurred_at)
    codec = codec_of("cinema.seats")
    assert codec.decode(codec.encode(event)) == event


def test_an_event_that_is_not_of_the_schema_is_not_written() -> None:
    with pytest.raises(Exception, match="number"):
        codec_of("cinema.seats").encode(SeatTaken("e", "A1", "three", 1))  # type: ignore[arg-type]


def test_a_schema_that_nobody_registered_cannot_be_written() -> None:
    with pytest.raises(UnknownSchemaError):
        AvroCodec(TOPIC, SCHEMA, InMemorySchemaRegistry()).encode(seat_taken(1))


def test_a_reader_with_a_new_field_takes_its_default_from_an_old_record() -> None:
    newer = SCHEMA | {"fields": [*without("number")["fields"], {"name": "number", "type": "long", "default": 7}]}
    value, registry = written_with(without("number"), {"event_id": "e", "seat": "A1", "occurred_at": 1})
    assert AvroCodec(TOPIC, newer, registry).decode(value) == SeatTaken("e", "A1", 7, 1)


def test_a_field_that_this_reader_does_not_know_is_passed_over() -> None:
    newer = SCHEMA | {"fields": [{"name": "row", "type": "string"}, *SCHEMA["fields"]]}
    value, registry = written_with(newer, {"row": "front", "event_id": "e", "seat": "A1", "number": 3, "occurred_at": 1})
    assert AvroCodec(TOPIC, SCHEMA, registry).decode(value) == SeatTaken("e", "A1", 3, 1)


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"\0\0\0\0",
        b"\x01\0\0\0\x01\x02e\x04A1\x06\x02",
        b"\0\0\0\0\x01",
        b"\0\0\0\0\x01\x02e",
        b"\0\0\0\0\x01\x02\xff\x04A1\x06\x02",
        b"\0\0\0\0\x01\x01e\x04A1\x06\x02",
        b'{"event_id": "e"}',
    ],
    ids=["tombstone", "empty", "header cut", "other magic", "no body", "cut", "not UTF-8", "negative length", "JSON"],
)
def test_bytes_that_are_no_record_are_unreadable(value: bytes | None) -> None:
    with pytest.raises(UnreadableError):
        codec_of("cinema.seats").decode(value)


@given(st.binary(max_size=60))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    with contextlib.suppress(UnreadableError):
        codec_of("cinema.seats").decode(b"\0\0\0\0\x01" + body)


def test_an_unknown_schema_id_is_unreadable() -> None:
    with pytest.raises(UnreadableError):
        codec_of("cinema.seats").decode(b"\0\0\0\0\x63\x02e\x04A1\x06\x02")


@pytest.mark.parametrize("schema", [{"type": "object", "properties": {}}, {"type": "record"}, {}], ids=["JSON Schema", "cut", "empty"])
def test_an_id_of_something_that_is_no_avro_schema_is_unreadable(schema: dict[str, Any]) -> None:
    registry = InMemorySchemaRegistry()
    schema_id = registry.register("other-value", schema)
    with pytest.raises(UnreadableError):
        AvroCodec(TOPIC, SCHEMA, registry).decode(b"\0" + schema_id.to_bytes(4, "big") + b"\x02e\x04A1\x06\x02")


def test_a_record_of_an_unrelated_schema_is_unreadable() -> None:
    other = {"type": "record", "name": "Other", "fields": [{"name": "x", "type": "string"}]}
    value, registry = written_with(other, {"x": "y"})
    with pytest.raises(UnreadableError):
        AvroCodec(TOPIC, SCHEMA, registry).decode(value)


def test_a_case_s_codecs_stand_under_the_names_of_their_topics(tmp_path: Path) -> None:
    """Another topic of the case is none of theirs."""
    folder = tmp_path / "cinema" / "contracts"
    folder.mkdir(parents=True)
    declared = [{"name": name, "key": "seat", "schema": "seats.v1", "partitions": 1} for name in ("cinema.seats", "cinema.rows")]
    (folder / "topics.yaml").write_text(json.dumps({"topics": declared}))
    (folder / "seats.v1.avsc").write_text(json.dumps(SCHEMA))
    registry = InMemorySchemaRegistry()
    registry.register("cinema.seats-value", SCHEMA)
    found = codecs(tmp_path / "cinema", TOPIC)(registry)
    assert found.keys() == {"cinema.seats"}
    assert found["cinema.seats"].decode(codec_of("cinema.seats").encode(seat_taken(3))) == seat_taken(3)
