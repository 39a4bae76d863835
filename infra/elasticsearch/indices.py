"""Creates the indices of a case's contracts, each behind its alias; what exists is left alone."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING

import httpx

from infra.local.errors import StackError
from infra.local.health import PROBE_SECONDS, WORK_SECONDS

if TYPE_CHECKING:
    from shared.contracts import Contracts, IndexSpec


class ElasticsearchClient:
    """The few calls that the launcher makes; the official client would refuse the minimal distribution's `GET /`."""

    def __init__(self, env: Mapping[str, str]) -> None:
        key, authorities = env.get("ELASTICSEARCH_API_KEY"), env.get("ELASTICSEARCH_CA_CERTS")
        self._http = httpx.Client(
            base_url=env["ELASTICSEARCH_URL"].rstrip("/") + "/",
            headers={"Authorization": f"ApiKey {key}"} if key else None,
            verify=_trust(env["ELASTICSEARCH_URL"], authorities),
            timeout=WORK_SECONDS,
            trust_env=False,
        )

    def __enter__(self) -> ElasticsearchClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._http.close()

    def unready(self) -> str | None:
        """None where the cluster takes writes (its status is not red), otherwise why not."""
        try:
            response = self._http.get("_cluster/health", timeout=PROBE_SECONDS)
        except httpx.HTTPError as error:
            return f"Elasticsearch does not answer: {error}"
        if not response.is_success:
            return f"Elasticsearch answers {response.status_code} to GET /_cluster/health"
        return "the cluster's status is red" if response.json().get("status") == "red" else None

    def exists(self, name: str) -> bool:
        """Whether there is an index or alias of that name."""
        return self._http.head(name).is_success

    def create(self, spec: IndexSpec) -> None:
        """Create the index; the alias moves to it from an earlier version only by a reindex, never here."""
        aliases: dict[str, object] = {} if self.exists(spec.alias) else {spec.alias: {}}
        response = self._http.put(spec.index, json=spec.body | {"aliases": aliases})
        if response.is_success or "resource_already_exists_exception" in response.text:
            return
        raise StackError(f"Elasticsearch refuses the index {spec.index}: {response.text[:300]}")

    def add_alias(self, spec: IndexSpec) -> None:
        """Point the alias to the index."""
        response = self._http.put(f"{spec.index}/_alias/{spec.alias}")
        if not response.is_success:
            raise StackError(f"Elasticsearch refuses the alias {spec.alias}: {response.text[:300]}")


def _trust(url: str, authorities: str | None) -> ssl.SSLContext | bool:
    """The given authorities, or those of the system: httpx alone would trust certifi's only."""
    if not url.startswith("https:"):
        return True
    try:
        return ssl.create_default_context(cafile=authorities or None)
    except OSError as error:
        raise StackError(f"ELASTICSEARCH_CA_CERTS={authorities} cannot be read: {error.strerror or error}.") from error


def elasticsearch_client(env: Mapping[str, str]) -> ElasticsearchClient:
    """StackError where the file of authorities cannot be read."""
    return ElasticsearchClient(env)


def create_indices(env: Mapping[str, str], contracts: Contracts, say: Callable[[str], None]) -> None:
    """Create each index that is missing, and its alias where no index has it yet. Raises StackError where it is refused."""
    created = []
    with elasticsearch_client(env) as client:
        try:
            for spec in contracts.indices:
                if not client.exists(spec.index):
                    client.create(spec)
                    created.append(spec.index)
                elif not client.exists(spec.alias):
                    client.add_alias(spec)
        except httpx.HTTPError as error:
            raise StackError(f"The indices could not be created: {error}.") from error
    if created:
        say(f"elasticsearch: created {len(created)} index(es): {', '.join(created)}")
