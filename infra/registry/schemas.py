"""Registers the schemas of a case's contracts; an incompatible change is refused before any service starts."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

import httpx

from infra.local.errors import StackError
from infra.local.health import PROBE_SECONDS, WORK_SECONDS

if TYPE_CHECKING:
    from shared.contracts import SchemaSpec

COMPATIBILITY = "BACKWARD"
_JSON = {"Content-Type": "application/vnd.schemaregistry.v1+json"}


class RegistryClient:
    """The few calls of the Confluent interface that the launcher makes."""

    def __init__(self, env: Mapping[str, str]) -> None:
        username = env.get("SCHEMA_REGISTRY_USERNAME")
        self._http = httpx.Client(
            base_url=env["SCHEMA_REGISTRY_URL"].rstrip("/") + "/",
            auth=(username, env.get("SCHEMA_REGISTRY_PASSWORD", "")) if username else None,
            timeout=WORK_SECONDS,
            # The system's authorities: httpx alone would trust certifi's only.
            verify=ssl.create_default_context() if env["SCHEMA_REGISTRY_URL"].startswith("https:") else True,
            trust_env=False,
        )

    def __enter__(self) -> RegistryClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._http.close()

    def unready(self) -> str | None:
        """None where the registry answers, otherwise why not."""
        try:
            response = self._http.get("subjects", timeout=PROBE_SECONDS)
        except httpx.HTTPError as error:
            return f"the schema registry does not answer: {error}"
        return None if response.is_success else f"the schema registry answers {response.status_code} to GET /subjects"

    def set_compatibility(self, subject: str, rule: str = COMPATIBILITY) -> None:
        """Have the registry refuse versions of the subject that break the rule: by default, those with which old data could not be read."""
        self._call("PUT", f"config/{subject}", {"compatibility": rule})

    def compatibility(self, subject: str) -> str:
        """The subject's own rule; empty where it has none."""
        response = self._http.get(f"config/{subject}")
        return str(response.json().get("compatibilityLevel", "")) if response.is_success else ""

    def register(self, subject: str, schema: str) -> httpx.Response:
        """POST the schema; 409 where it is incompatible. The same schema twice is one version."""
        return self._http.post(f"subjects/{subject}/versions", json={"schema": schema}, headers=_JSON)

    def is_registered(self, subject: str, schema: str) -> bool:
        """Whether this very schema is a version of the subject."""
        return self._http.post(f"subjects/{subject}", json={"schema": schema}, headers=_JSON).is_success

    def incompatibilities(self, subject: str, schema: str) -> str:
        """What the registry finds incompatible with the latest version."""
        path = f"compatibility/subjects/{subject}/versions/latest?verbose=true"
        response = self._http.post(path, json={"schema": schema}, headers=_JSON)
        return "; ".join(response.json().get("messages") or ()) if response.is_success else ""

    def _call(self, method: str, path: str, body: object) -> None:
        response = self._http.request(method, path, json=body, headers=_JSON)
        if not response.is_success:
            raise StackError(f"The schema registry answers {response.status_code} to {method} /{path}: {response.text[:300]}")


def registry_client(env: Mapping[str, str]) -> RegistryClient:
    return RegistryClient(env)


def register_schemas(env: Mapping[str, str], schemas: Sequence[SchemaSpec], say: Callable[[str], None]) -> None:
    """Register each schema under its subject with BACKWARD compatibility.

    Raises StackError where a schema is incompatible with the one that is registered; those before it stay registered.
    """
    with registry_client(env) as client:
        try:
            new = [spec for spec in schemas if _register(client, spec)]
        except httpx.HTTPError as error:
            raise StackError(f"The schemas could not be registered: {error}.") from error
    if new:
        say(f"registry: registered {len(new)} schema(s): {', '.join(spec.file for spec in new)}")


def _register(client: RegistryClient, spec: SchemaSpec) -> bool:
    text = json.dumps(spec.schema)
    if client.is_registered(spec.subject, text):
        return False
    client.set_compatibility(spec.subject)
    response = client.register(spec.subject, text)
    if response.status_code == httpx.codes.CONFLICT:
        found = client.incompatibilities(spec.subject, text) or response.json().get("message", "")
        raise StackError(
            f"{spec.file} is not backward compatible with the version of {spec.subject} that is registered ({found}): "
            "give new fields a default, or declare a new topic for a new shape."
        )
    if not response.is_success:
        raise StackError(f"The schema registry refuses {spec.file}: {response.status_code} {response.text[:300]}")
    return True
