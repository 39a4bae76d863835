"""HttpSchemaRegistry against a server that answers what a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from shared.registry import HttpSchemaRegistry, RegistryUnavailableError, UnknownSchemaError
from shared.settings import RegistrySettings
from tests.suites.events import SCHEMA


class Answers:
    """What the server says next, and what it was asked."""

    def __init__(self) -> None:
        self.status, self.body = 200, json.dumps({"schema": json.dumps(SCHEMA), "id": 7}).encode()
        self.asked: list[tuple[str, str, str | None, bytes]] = []
        self.port = 0


@pytest.fixture
def answers() -> Iterator[Answers]:
    answers = Answers()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            answers.asked.append((self.command, self.path, self.headers.get("authorization"), body))
            self.send_response(answers.status)
            self.send_header("content-length", str(len(answers.body)))
            self.end_headers()
            self.wfile.write(answers.body)

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answers.port = server.server_port
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield answers
    server.shutdown()
    server.server_close()


def registry(port: int, **credentials: str) -> HttpSchemaRegistry:
    address = {"SCHEMA_REGISTRY_URL": f"http://127.0.0.1:{port}/apis/ccompat/v7/"}
    return HttpSchemaRegistry(RegistrySettings(**address, **credentials))


def test_a_schema_is_asked_for_once(answers: Answers) -> None:
    client = registry(answers.port)
    assert client.schema(3) == client.schema(3) == SCHEMA
    assert [(method, path) for method, path, *_ in answers.asked] == [("GET", "/apis/ccompat/v7/schemas/ids/3")]


def test_an_id_is_asked_for_by_subject_and_text(answers: Answers) -> None:
    assert registry(answers.port).schema_id("cinema.seats-value", SCHEMA) == 7
    ((method, path, _, body),) = answers.asked
    assert (method, path) == ("POST", "/apis/ccompat/v7/subjects/cinema.seats-value")
    assert json.loads(json.loads(body)["schema"]) == SCHEMA


def test_credentials_go_with_the_request(answers: Answers) -> None:
    registry(answers.port, SCHEMA_REGISTRY_USERNAME="ada", SCHEMA_REGISTRY_PASSWORD="secret").schema(1)
    assert answers.asked[0][2] == "Basic YWRhOnNlY3JldA=="


@pytest.mark.parametrize("status", [404, 422])
def test_what_the_registry_does_not_know_is_unknown(answers: Answers, status: int) -> None:
    answers.status = status
    with pytest.raises(UnknownSchemaError):
        registry(answers.port).schema(1)


@pytest.mark.parametrize("status", [401, 403, 407, 408, 429, 500, 502, 503])
def test_a_registry_that_refuses_to_answer_says_nothing_of_the_schema(answers: Answers, status: int) -> None:
    answers.status = status
    with pytest.raises(RegistryUnavailableError):
        registry(answers.port).schema(1)
    with pytest.raises(RegistryUnavailableError):
        registry(answers.port).schema_id("cinema.seats-value", SCHEMA)


@pytest.mark.parametrize("body", [b"<html>proxy</html>", b"[]", b"{}", b'{"schema": 5}'])
def test_an_answer_that_is_not_of_the_protocol_says_nothing_of_the_schema(answers: Answers, body: bytes) -> None:
    answers.body = body
    with pytest.raises(RegistryUnavailableError):
        registry(answers.port).schema(1)
    with pytest.raises(RegistryUnavailableError):
        registry(answers.port).schema_id("cinema.seats-value", SCHEMA)


def test_a_schema_of_another_kind_is_none_that_can_be_read(answers: Answers) -> None:
    answers.body = json.dumps({"schemaType": "PROTOBUF", "schema": 'syntax = "proto3";'}).encode()
    with pytest.raises(UnknownSchemaError):
        registry(answers.port).schema(1)


def test_a_registry_that_is_away_is_asked_again_the_next_time(answers: Answers) -> None:
    client = registry(answers.port)
    answers.status = 503
    with pytest.raises(RegistryUnavailableError):
        client.schema(1)
    assert not client.ready()
    answers.status = 200
    assert client.schema(1) == SCHEMA
    assert client.ready()


def test_nobody_listening_is_a_registry_that_is_away() -> None:
    client = registry(1)
    assert not client.ready()
    with pytest.raises(RegistryUnavailableError):
        client.schema(1)
