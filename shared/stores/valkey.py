"""Valkey (or any server of the Redis protocol, version 7 or newer)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    OutOfMemoryError,
    ReadOnlyError,
    TimeoutError,
    TryAgainError,
)
from redis.retry import Retry

from shared.consumer import StoreUnavailableError
from shared.settings import ValkeySettings

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


class Script:
    """A Lua script for pipelines: sent once by text, then by digest; loaded again where the server forgot it."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._digest = sha1(source.encode()).hexdigest()

    def load(self, client: redis.Redis) -> None:
        client.script_load(self._source)

    def add(self, pipeline: redis.client.Pipeline, keys: list[str], arguments: list[str | bytes | int | float]) -> None:
        """Queue a call; raises NoScriptError at execution where the script was not loaded."""
        pipeline.evalsha(self._digest, len(keys), *keys, *arguments)
