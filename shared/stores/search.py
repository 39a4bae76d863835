"""Elasticsearch: connections, and `_bulk` with a look at every item."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from elasticsearch import ApiError, AsyncElasticsearch, Elasticsearch, TransportError

from shared.consumer import StoreUnavailableError
from shared.settings import ElasticsearchSettings

RETRYABLE = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses of an item, or of the request, after which the same may succeed."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class BulkItem:
    """One operation: `create` (409 where the id exists) or `index` (409 where `version` is not above the stored one)."""

    operation: str
    index: str
    id: str
    document: dict[str, Any]
    version: int | None = None
    """External version (`version_type=external`)."""


@dataclass(frozen=True, slots=True)
class ItemResult:
    status: int
    error: str | None

    @property
    def conflict(self) -> bool:
        return self.status == 409


def _options(settings: ElasticsearchSettings) -> dict[str, Any]:
    options: dict[str, Any] = {"hosts": [settings.url], "retry_on_timeout": False, "max_retries": 0}
    if settings.api_key:
        options["api_key"] = settings.api_key
    if settings.ca_certs:
        options["ca_certs"] = settings.ca_certs
    return options


def connect(settings: ElasticsearchSettings) -> Elasticsearch:
    """A blocking client for workers. No retries of its own: the runner has them."""
    return Elasticsearch(**_options(settings), request_timeout=10)


def connect_async(settings: ElasticsearchSettings) -> AsyncElasticsearch:
    return AsyncElasticsearch(**_options(settings), request_timeout=10)


def health_check(client: Elasticsearch) -> Callable[[], str | None]:
    """For Health. `ping()` asks for `GET /`, which the minimal distribution does not serve."""

    def check() -> str | None:
        try:
            client.options(request_timeout=2).cluster.health()
        except (ApiError, TransportError) as error:
            return f"Elasticsearch: {error}"
        return None

    return check


def bulk(client: Elasticsearch, items: Sequence[BulkItem]) -> list[ItemResult]:
    """Send all items in one request; the results stand in the items' order.

    Raises StoreUnavailableError where the request failed, or where any item may succeed later (429 and 5xx): the caller sends all of them
    again, which its fixed ids make harmless. Other refusals, conflicts among them, are in the results.
    """
    body = b"".join(_lines(item) for item in items)
    try:
        answer = client.perform_request(
            "POST", "/_bulk", body=body, headers={"content-type": "application/x-ndjson", "accept": "application/json"}
        )
    except ApiError as error:
        if error.status_code in RETRYABLE:
            raise StoreUnavailableError(f"Elasticsearch: {error.status_code} {error.message}") from error
        raise
    except TransportError as error:
        raise StoreUnavailableError(f"Elasticsearch: {error}") from error
    results = [_result(next(iter(item.values()))) for item in answer.body["items"]]
    retryable = [result for result in results if result.status in RETRYABLE]
    if retryable:
        raise StoreUnavailableError(f"Elasticsearch: {len(retryable)} of {len(results)} items: {retryable[0].error}")
    return results


def _lines(item: BulkItem) -> bytes:
    action: dict[str, Any] = {"_index": item.index, "_id": item.id}
    if item.version is not None:
        action |= {"version": item.version, "version_type": "external"}
    return _encode({item.operation: action}) + b"\n" + _encode(item.document) + b"\n"


def _result(item: dict[str, Any]) -> ItemResult:
    error = item.get("error")
    return ItemResult(item["status"], f"{error['type']}: {error.get('reason', '')}" if error else None)
