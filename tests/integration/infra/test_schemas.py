from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import httpx
import pytest

from infra.local.errors import StackError
from infra.local.health import WORK_SECONDS
from infra.registry.schemas import register_schemas, registry_client
from shared.contracts import SchemaSpec
from tests.conftest import Stack


def order(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}, *fields]}


@pytest.fixture
def env(stack: Stack) -> Mapping[str, str]:
    return stack.env


@pytest.fixture
def spec(env: Mapping[str, str]) -> Iterator[SchemaSpec]:
    spec = SchemaSpec("order.v1.avsc", f"infra.{uuid.uuid4().hex}-value", 1, order())
    yield spec
    httpx.delete(f"{env['SCHEMA_REGISTRY_URL']}/subjects/{spec.subject}", timeout=WORK_SECONDS)


def versions(env: Mapping[str, str], spec: SchemaSpec) -> list[int]:
    found: list[int] = httpx.get(f"{env['SCHEMA_REGISTRY_URL']}/subjects/{spec.subject}/versions", timeout=WORK_SECONDS).json()
    return found


def test_a_schema_is_registered_once(env: Mapping[str, str], spec: SchemaSpec) -> None:
    said: list[str] = []
    register_schemas(env, [spec], said.append)
    register_schemas(env, [spec], said.append)
    assert versions(env, spec) == [1]
    assert said == ["registry: registered 1 schema(s): order.v1.avsc"]


def test_a_field_with_a_default_makes_a_second_version(env: Mapping[str, str], spec: SchemaSpec) -> None:
    register_schemas(env, [spec], lambda _: None)
    register_schemas(env, [replace(spec, schema=order({"name": "note", "type": "string", "default": ""}))], lambda _: None)
    assert versions(env, spec) == [1, 2]


def test_a_field_without_a_default_is_refused_with_what_is_incompatible(env: Mapping[str, str], spec: SchemaSpec) -> None:
    register_schemas(env, [spec], lambda _: None)
    with pytest.raises(StackError, match=r"order\.v1\.avsc is not backward compatible .*: give new fields a default") as raised:
        register_schemas(env, [replace(spec, schema=order({"name": "price", "type": "string"}))], lambda _: None)
    assert "price" in str(raised.value)
    assert versions(env, spec) == [1]


def test_a_schema_that_is_none_is_refused(env: Mapping[str, str], spec: SchemaSpec) -> None:
    with pytest.raises(StackError, match=r"refuses order\.v1\.avsc"):
        register_schemas(env, [replace(spec, schema={"type": "recrod"})], lambda _: None)


def test_a_registry_that_does_not_answer_is_told() -> None:
    with registry_client({"SCHEMA_REGISTRY_URL": "http://127.0.0.1:1"}) as client:
        assert "does not answer" in (client.unready() or "")
