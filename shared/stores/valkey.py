"""Valkey (or any server of the Redis protocol, version 7 or newer)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha1

import redis
import redis.asyncio
import redis.asyncio.retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    TimeoutError,
    TryAgainError,
)
from redis.retry import Retry

from shared.settings import ValkeySettings
from shared.stores import StoreUnavailableError

_AWAY = (
    ConnectionError,
    TimeoutError,
    BusyLoadingError,
    ClusterDownError,
    OutOfMemoryError,
    ReadOnlyError,
    TryAgainError,
    OSError,
)


def connect(settings: ValkeySettings) -> redis.Redis:
    """A blocking client for workers; connects at the first command. No retries of its own: the runner has them."""
    return redis.Redis.from_url(settings.url, socket_timeout=5, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0), protocol=3)


def connect_async(settings: ValkeySettings) -> redis.asyncio.Redis:
    """A client for APIs, which read; connects at the first command.

    One retry at once: a restart of the server leaves closed connections in the pool, each of which would fail one request, however much
    later. A server that is away is told at once all the same.
    """
    retry = redis.asyncio.retry.Retry(NoBackoff(), 1, supported_errors=(ConnectionError,))
    # Requests beyond the pool wait for a connection; redis-py's plain pool would refuse the 101st that is under way.
    pool = redis.asyncio.BlockingConnectionPool.from_url(
        settings.url, max_connections=50, timeout=5, socket_timeout=2, socket_connect_timeout=2, retry=retry, protocol=3
    )
    return redis.asyncio.Redis.from_pool(pool)


@contextmanager
def unavailable_store() -> Iterator[None]:
    """Turns what redis-py raises while the server is away, loading or full into StoreUnavailableError."""
    try:
        yield
    except _AWAY as error:
        raise StoreUnavailableError(f"Valkey: {error}") from error


def ping_check(client: redis.Redis) -> Callable[[], str | None]:
    """For Health."""

    def check() -> str | None:
        try:
            with unavailable_store():
                client.ping()
        except StoreUnavailableError as error:
            return str(error)
        return None

    return check


Arguments = Sequence[str | bytes | int | float]


class Script:
    """A Lua script that is called many times in one pipeline: sent by its text once, then by its digest."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._digest = sha1(source.encode()).hexdigest()

    def run(self, client: redis.Redis, calls: Iterable[tuple[Sequence[str], Arguments]]) -> None:
        """Call it with the keys and arguments of each, in order.

        The script must be idempotent: where the server was started anew and does not know it, all calls are sent again. Raises
        StoreUnavailableError; a part of the calls may have been carried out.
        """
        with unavailable_store(), client.pipeline(transaction=False) as pipeline:
            queued = list(calls)
            self._queue(pipeline, queued)
            try:
                pipeline.execute()
            except NoScriptError:
                client.script_load(self._source)
                self._queue(pipeline, queued)
                pipeline.execute()

    def _queue(self, pipeline: redis.client.Pipeline, calls: list[tuple[Sequence[str], Arguments]]) -> None:
        for keys, arguments in calls:
            pipeline.evalsha(self._digest, len(keys), *keys, *arguments)
