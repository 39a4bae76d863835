"""Elasticsearch: connections, one meaning of "away", and `_bulk` with a look at every item."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from elasticsearch import ApiError, AsyncElasticsearch, Elasticsearch, TransportError

from shared.clock import Micros, to_rfc3339
from shared.settings import ElasticsearchSettings
from shared.stores import StoreUnavailableError
from shared.window import Window

REFUSED = frozenset({400, 409, 413})
"""Statuses that speak of the request or the document itself. Every other failure (429, 5xx, a missing index, a lost permission) is the
store's: once it is mended, the same request succeeds."""

LATEST_TIME = 9_223_372_036_854_775
"""Microseconds: no date_nanos is later, and a query that names a time outside of 1970 to 2262 is refused."""

VersionType = Literal["external", "external_gte"]

_encode_lines = msgspec.json.Encoder().encode_lines


class BulkItem(msgspec.Struct, frozen=True):
    """One operation on the index behind an alias: `create` (409 where the id exists) or `index` (409 where the version is too low)."""

    operation: Literal["create", "index"]
    alias: str
    id: str | None
    """None: the index gives each document an id of its own."""
    document: Any
    """A dict, or the JSON of one as msgspec.Raw."""
    version: int | None = None
    version_type: VersionType = "external"
    """`external`: written only where `version` is above the stored one. `external_gte`: also where they are equal."""


@dataclass(frozen=True, slots=True)
class ItemResult:
    status: int
    error: str | None

    @property
    def conflict(self) -> bool:
        return self.status == 409


_WRITTEN = (ItemResult(200, None), ItemResult(201, None))
"""By far the most results are one of these two: they are not made anew."""


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
    """A client for APIs; connects at the first request."""
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


@contextmanager
def unavailable_store() -> Iterator[None]:
    """Turns what the clients raise while the cluster is away, overloaded or not set up into StoreUnavailableError.

    What is wrong with the request itself (REFUSED) stays an ApiError: a defect of ours, which waiting does not mend.
    """
    try:
        yield
    except ApiError as error:
        if error.status_code in REFUSED:
            raise
        raise StoreUnavailableError(f"Elasticsearch: {error.status_code} {error.message}") from error
    except TransportError as error:
        raise StoreUnavailableError(f"Elasticsearch: {error}") from error


def within(window: Window, *filters: Mapping[str, Any]) -> dict[str, Any]:
    """A query for what occurred in a window, and meets the filters."""
    bounds = {}
    if window.start is not None:
        bounds["gte"] = _storable(window.start)
    if window.end is not None:
        bounds["lt"] = _storable(window.end)
    return {"bool": {"filter": [*filters, {"range": {"occurred_at": bounds}}] if bounds else list(filters)}}


def _storable(time: Micros) -> str:
    return to_rfc3339(min(max(time, 0), LATEST_TIME))


def bulk(client: Elasticsearch, items: Sequence[BulkItem]) -> list[ItemResult]:
    """Send all items in one request; the results stand in the items' order. Items of the same id are applied in that order.

    Raises StoreUnavailableError where the request failed, or where any item may succeed later: the caller sends all of them again, which
    fixed ids and versions make harmless. Refusals of single items (REFUSED) are in the results.
    """
    return _Request(items).send(client)


def bulk_in_turn(client: Elasticsearch, requests: Iterable[Sequence[BulkItem]]) -> list[ItemResult]:
    """As `bulk`, in several requests, each sent once the one before it is answered: items of one id keep their order.

    The next of `requests` is made while one is under way: for a generator, the work on its items costs no time of its own. Raises as `bulk`
    does, after which what comes later was not sent.
    """
    results: list[ItemResult] = []
    with ThreadPoolExecutor(1, "bulk") as wire:
        under_way: Future[list[ItemResult]] | None = None
        try:
            for request in map(_Request, requests):
                if under_way:
                    results += under_way.result()
                under_way = wire.submit(request.send, client)
            if under_way:
                results += under_way.result()
        finally:
            # One that failed holds this frame by its exception: a cycle, and the batch would stay until the collector comes.
            under_way = None
    return results


class _Request:
    """Items as they go over the wire, without those that Elasticsearch would refuse together with all others."""

    def __init__(self, items: Sequence[BulkItem]) -> None:
        self._refusals = {i: refused for i, item in enumerate(items) if (refused := _refusal(item))}
        self._results = len(items)
        sent = [item for i, item in enumerate(items) if i not in self._refusals] if self._refusals else items
        self._body = _encode_lines([line for item in sent for line in (_action(item), item.document)])

    def send(self, client: Elasticsearch) -> list[ItemResult]:
        outcomes = _send(client, self._body) if self._body else []
        if not self._refusals:
            return outcomes
        accepted = iter(outcomes)
        return [self._refusals.get(i) or next(accepted) for i in range(self._results)]


def _refusal(item: BulkItem) -> ItemResult | None:
    if item.id is not None and len(item.id) > 128 and len(item.id.encode()) > 512:
        return ItemResult(400, f"the id of {len(item.id)} characters is longer than 512 bytes")
    if item.version is not None and item.version < 0:
        return ItemResult(400, f"the version {item.version} is negative")
    return None


def _send(client: Elasticsearch, body: bytes) -> list[ItemResult]:
    with unavailable_store():
        answer = client.perform_request(
            "POST",
            "/_bulk",
            params={
                # A cluster that makes up missing indices would give them mappings of its own.
                "require_alias": "true",
                # The rest of the answer is an echo of the request, and costs as much to read as the request to write.
                "filter_path": "items.*.status,items.*.error",
            },
            body=body,
            headers={"content-type": "application/x-ndjson", "accept": "application/json"},
        )
    results = [_result(outcome) for item in answer.body["items"] for outcome in item.values()]
    unavailable = [result for result in results if result.status >= 300 and result.status not in REFUSED]
    if unavailable:
        raise StoreUnavailableError(f"Elasticsearch: {len(unavailable)} of {len(results)} items: {unavailable[0].error}")
    return results


def _action(item: BulkItem) -> dict[str, Any]:
    action: dict[str, Any] = {"_index": item.alias}
    if item.id is not None:
        action["_id"] = item.id
    if item.version is not None:
        action |= {"version": item.version, "version_type": item.version_type}
    return {item.operation: action}


def _result(outcome: dict[str, Any]) -> ItemResult:
    status: int = outcome["status"]
    if status in (200, 201):
        return _WRITTEN[status - 200]
    error = outcome.get("error", {})
    cause = error.get("caused_by", {}).get("reason")
    reason = f"{error.get('type')}: {error.get('reason')}"
    return ItemResult(status, f"{reason} ({cause})" if cause else reason)
