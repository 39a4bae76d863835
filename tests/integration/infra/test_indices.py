from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping

import httpx
import pytest

from infra.elasticsearch.indices import create_indices, elasticsearch_client
from infra.local.errors import StackError
from infra.local.health import WORK_SECONDS
from shared.contracts import Contracts, IndexSpec
from tests.conftest import Stack

BODY = {"settings": {"number_of_replicas": 0}, "mappings": {"properties": {"id": {"type": "keyword"}}}}


@pytest.fixture
def env(stack: Stack) -> Mapping[str, str]:
    return stack.env


@pytest.fixture
def alias(env: Mapping[str, str]) -> Iterator[str]:
    alias = f"infra-{uuid.uuid4().hex}"
    yield alias
    for version in (1, 2):
        httpx.delete(f"{env['ELASTICSEARCH_URL']}/{alias}-v{version}", timeout=WORK_SECONDS)


def contracts(alias: str, version: int = 1, body: Mapping[str, object] = BODY) -> Contracts:
    return Contracts("infra", (), (), (IndexSpec(alias, f"{alias}-v{version}", dict(body)),))


def test_an_index_is_created_behind_its_alias_once(env: Mapping[str, str], alias: str) -> None:
    said: list[str] = []
    create_indices(env, contracts(alias), said.append)
    create_indices(env, contracts(alias), said.append)
    assert said == [f"elasticsearch: created 1 index(es): {alias}-v1"]
    assert list(httpx.get(f"{env['ELASTICSEARCH_URL']}/_alias/{alias}", timeout=WORK_SECONDS).json()) == [f"{alias}-v1"]


def test_a_new_version_does_not_take_the_alias_before_its_documents_are_there(env: Mapping[str, str], alias: str) -> None:
    create_indices(env, contracts(alias), lambda _: None)
    create_indices(env, contracts(alias, version=2), lambda _: None)
    assert list(httpx.get(f"{env['ELASTICSEARCH_URL']}/_alias/{alias}", timeout=WORK_SECONDS).json()) == [f"{alias}-v1"]


def test_a_lost_alias_is_put_back(env: Mapping[str, str], alias: str) -> None:
    create_indices(env, contracts(alias), lambda _: None)
    httpx.delete(f"{env['ELASTICSEARCH_URL']}/{alias}-v1/_alias/{alias}", timeout=WORK_SECONDS).raise_for_status()
    create_indices(env, contracts(alias), lambda _: None)
    assert list(httpx.get(f"{env['ELASTICSEARCH_URL']}/_alias/{alias}", timeout=WORK_SECONDS).json()) == [f"{alias}-v1"]


def test_a_body_that_the_server_refuses_is_told_with_its_reason(env: Mapping[str, str], alias: str) -> None:
    broken = {"mappings": {"properties": {"id": {"type": "no-such-type"}}}}
    with pytest.raises(StackError, match=f"refuses the index {alias}-v1.*no-such-type"):
        create_indices(env, contracts(alias, body=broken), lambda _: None)


def test_a_server_that_does_not_answer_is_told() -> None:
    with elasticsearch_client({"ELASTICSEARCH_URL": "http://127.0.0.1:1"}) as client:
        assert "does not answer" in (client.unready() or "")
