"""The real registry, as the services and the launcher use it."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from shared.contracts import SchemaSpec, load_contracts
from shared.registry import HttpSchemaRegistry, UnknownSchemaError
from tests.conftest import Stack
from tests.contract.test_compatibility import schema_before
from tests.contract.test_contracts import CASES
from tests.suites.cluster import random_name

SCHEMAS = [pytest.param(case, schema, id=schema.file) for case in CASES for schema in load_contracts(case).schemas]


@pytest.fixture
def registry(stack: Stack) -> HttpSchemaRegistry:
    return HttpSchemaRegistry(stack.settings.registry)


@pytest.fixture
def api(stack: Stack) -> httpx.Client:
    settings = stack.settings.registry
    auth = (settings.username, settings.password) if settings.username else None
    return httpx.Client(base_url=settings.url, auth=auth, timeout=30, trust_env=False)


@pytest.mark.parametrize(("case", "schema"), SCHEMAS)
def test_a_declared_schema_is_registered_and_comes_back_by_its_id(registry: HttpSchemaRegistry, case: Any, schema: SchemaSpec) -> None:
    assert registry.schema(registry.schema_id(schema.subject, schema.schema)) == schema.schema


@pytest.mark.parametrize("schema_id", [0, 2**31 - 1, 2**31, 2**32 - 1])
def test_an_id_that_nobody_registered_is_unknown_and_not_a_failure(registry: HttpSchemaRegistry, schema_id: int) -> None:
    with pytest.raises(UnknownSchemaError):
        registry.schema(schema_id)


def test_a_subject_that_nobody_registered_is_unknown(registry: HttpSchemaRegistry) -> None:
    with pytest.raises(UnknownSchemaError):
        registry.schema_id(random_name("test") + "-value", {"type": "string"})


@pytest.mark.parametrize(("case", "schema"), SCHEMAS)
def test_the_registry_takes_the_schema_for_backward_compatible_with_the_one_before(
    api: httpx.Client, case: Any, schema: SchemaSpec
) -> None:
    try:
        before = schema_before(case / "contracts" / schema.file)
    except (LookupError, FileNotFoundError) as error:
        pytest.skip(f"no git history to compare with: {error}")
    subject = random_name("test") + "-value"
    try:
        assert register(api, subject, before or schema.schema) == 200
        assert register(api, subject, schema.schema) == 200
    finally:
        api.delete(f"subjects/{subject}")


@pytest.mark.parametrize(("case", "schema"), SCHEMAS)
def test_the_registry_refuses_an_incompatible_schema(
    registry: HttpSchemaRegistry, api: httpx.Client, case: Any, schema: SchemaSpec
) -> None:
    # Of a subject without a version anything would be the first, and stay.
    registry.schema_id(schema.subject, schema.schema)
    fields = [*schema.schema["fields"], {"name": "without_default", "type": "string"}]
    assert register(api, schema.subject, schema.schema | {"fields": fields}) == 409


def register(api: httpx.Client, subject: str, schema: dict[str, Any]) -> int:
    return api.post(f"subjects/{subject}/versions", json={"schema": json.dumps(schema)}).status_code
