"""A client of the schema registry: the two calls of Confluent's API that a service makes, each answer cached for good.

Source: Confluent Schema Registry API v7, which Apicurio serves too. A schema id never changes its meaning, so a service asks once
for each id and the registry is not in the hot path.
"""

from __future__ import annotations

import json
import threading
from typing import Any, Protocol

import httpx

from shared.settings import RegistrySettings

_UNKNOWN = (404, 422)
"""Every other refusal (credentials, rate, proxy, failure) says nothing of the schema: taken for "unknown", it would send good records to
the dead letters."""


class RegistryUnavailableError(ConnectionError):
    """The registry did not answer: try again later, the record at hand may be good."""


class UnknownSchemaError(LookupError):
    """The registry answered, and knows no such schema: the record cannot be read."""


class SchemaRegistry(Protocol):
    def schema(self, schema_id: int) -> dict[str, Any]:
        """The writer's schema of an id. Raises UnknownSchemaError, RegistryUnavailableError."""

    def schema_id(self, subject: str, schema: dict[str, Any]) -> int:
        """The id under which a schema is registered. Raises UnknownSchemaError, RegistryUnavailableError."""


class HttpSchemaRegistry:
    """Thread-safe; blocks for a request only on the first use of a schema."""

    def __init__(self, settings: RegistrySettings) -> None:
        auth = (settings.username, settings.password) if settings.username else None
        self._http = httpx.Client(base_url=settings.url.rstrip("/") + "/", auth=auth, timeout=5)
        self._schemas: dict[int, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def schema(self, schema_id: int) -> dict[str, Any]:
        with self._lock:
            if schema_id not in self._schemas:
                self._schemas[schema_id] = self._fetch(schema_id)
            return self._schemas[schema_id]

    def schema_id(self, subject: str, schema: dict[str, Any]) -> int:
        answer = self._call("POST", f"subjects/{subject}", {"schema": json.dumps(schema)})
        if not isinstance(answer, dict) or not isinstance(answer.get("id"), int):
            raise RegistryUnavailableError(f"{self._http.base_url} does not answer as a schema registry does")
        return int(answer["id"])

    def ready(self) -> bool:
        try:
            self._call("GET", "subjects")
        except (RegistryUnavailableError, UnknownSchemaError):
            return False
        return True

    def _fetch(self, schema_id: int) -> dict[str, Any]:
        answer = self._call("GET", f"schemas/ids/{schema_id}")
        if not isinstance(answer, dict) or not isinstance(answer.get("schema"), str):
            raise RegistryUnavailableError(f"{self._http.base_url} does not answer as a schema registry does")
        try:
            schema: dict[str, Any] = json.loads(answer["schema"])
        except ValueError as error:  # as the text of a Protobuf schema
            raise UnknownSchemaError(f"schema {schema_id} is no Avro schema") from error
        return schema

    def _call(self, method: str, path: str, body: object = None) -> Any:
        try:
            response = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise RegistryUnavailableError(f"schema registry {self._http.base_url}: {error!r}") from error
        if response.status_code in _UNKNOWN:
            raise UnknownSchemaError(f"schema registry {response.url}: {response.status_code} {response.text[:200]}")
        if not response.is_success:
            raise RegistryUnavailableError(f"schema registry {response.url}: {response.status_code}")
        try:
            return response.json()
        except ValueError as error:
            raise RegistryUnavailableError(f"{self._http.base_url} does not answer as a schema registry does") from error


class InMemorySchemaRegistry:
    """For unit tests: knows what it was given, numbers it from 1."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], int] = {}
        self._schemas: dict[int, dict[str, Any]] = {}

    def register(self, subject: str, schema: dict[str, Any]) -> int:
        key = (subject, json.dumps(schema, sort_keys=True))
        if key not in self._ids:
            self._ids[key] = len(self._ids) + 1
            self._schemas[self._ids[key]] = schema
        return self._ids[key]

    def schema(self, schema_id: int) -> dict[str, Any]:
        if schema_id not in self._schemas:
            raise UnknownSchemaError(f"no schema {schema_id}")
        return self._schemas[schema_id]

    def schema_id(self, subject: str, schema: dict[str, Any]) -> int:
        key = (subject, json.dumps(schema, sort_keys=True))
        if key not in self._ids:
            raise UnknownSchemaError(f"{subject} has no such schema")
        return self._ids[key]
