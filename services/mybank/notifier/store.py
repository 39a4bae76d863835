"""Outboxes in Valkey: what each user's receiver has still to get, and when it is tried next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import redis

from services.mybank.contracts.stores import OUTBOX_DUE_KEY, OUTBOX_ENDS_KEY, OUTBOX_FAILURES_KEY, outbox_key
from services.mybank.notifier.domain import Letter
from services.mybank.notifier.handler import Posted
from shared.stores.valkey import Script, unavailable_store

# KEYS: ends, due, failures, outbox. ARGV: partition, offset, user, letter or ''.
_POST = Script("""
local last = redis.call('HGET', KEYS[1], ARGV[1])
if last and tonumber(last) >= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
if ARGV[4] == '' then return 0 end
redis.call('ZADD', KEYS[4], ARGV[2], ARGV[4])
if not redis.call('ZSCORE', KEYS[2], ARGV[3]) then redis.call('ZADD', KEYS[2], 0, ARGV[3]) end
return 1
""")

# KEYS: due. ARGV: now, until when those claimed are left alone, how many.
_CLAIM = """
local users = redis.call('ZRANGE', KEYS[1], '-inf', ARGV[1], 'BYSCORE', 'LIMIT', 0, ARGV[3])
for _, user in ipairs(users) do redis.call('ZADD', KEYS[1], ARGV[2], user) end
return users
"""

# KEYS: due, failures, outbox. ARGV: user, offset or '' for all.
_DONE = """
if ARGV[2] == '' then redis.call('DEL', KEYS[3]) else redis.call('ZREMRANGEBYSCORE', KEYS[3], ARGV[2], ARGV[2]) end
redis.call('HDEL', KEYS[2], ARGV[1])
if redis.call('ZCARD', KEYS[3]) == 0 then redis.call('ZREM', KEYS[1], ARGV[1]) else redis.call('ZADD', KEYS[1], 0, ARGV[1]) end
return 1
"""


class Waiting(NamedTuple):
    place: int
    letter: Letter


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Letter).decode


class ValkeyOutbox:
    """Blocking; any thread. Each call raises StoreUnavailableError. Times are milliseconds since the epoch.

    `prefix` stands before all keys, so that tests have their own.
    """

    def __init__(self, client: redis.Redis, prefix: str = "") -> None:
        self._client = client
        self._prefix = prefix
        self._ends, self._due, self._failures = (prefix + key for key in (OUTBOX_ENDS_KEY, OUTBOX_DUE_KEY, OUTBOX_FAILURES_KEY))

    def post(self, posted: Sequence[Posted]) -> None:
        _POST.run(
            self._client,
            (
                (
                    [self._ends, self._due, self._failures, self._outbox(each.user_id)],
                    [str(each.partition), each.offset, each.user_id, _encode(each.letter) if each.letter else b""],
                )
                for each in posted
            ),
        )

    def claim(self, now: int, until: int, limit: int) -> list[str]:
        """Users who are due; nobody else gets them before `until`, so that a receiver has one call at a time."""
        with unavailable_store():
            users: Any = self._client.eval(_CLAIM, 1, self._due, now, until, limit)
        return [user.decode() for user in users]

    def first(self, user_id: str) -> Waiting | None:
        with unavailable_store():
            found: Any = self._client.zrange(self._outbox(user_id), 0, 0, withscores=True)
        return Waiting(int(found[0][1]), _decode(found[0][0])) if found else None

    def done(self, user_id: str, place: int) -> None:
        """It was received, or is given up: the next is due."""
        self._done(user_id, str(place))

    def drop(self, user_id: str) -> None:
        """Nobody wants what waits for this user."""
        self._done(user_id, "")

    def failed(self, user_id: str) -> int:
        """How often in a row by now."""
        with unavailable_store():
            count: int = self._client.hincrby(self._failures, user_id, 1)
        return count

    def postpone(self, user_id: str, until: int) -> None:
        with unavailable_store():
            self._client.zadd(self._due, {user_id: until}, xx=True)

    def _done(self, user_id: str, place: str) -> None:
        with unavailable_store():
            self._client.eval(_DONE, 3, self._due, self._failures, self._outbox(user_id), user_id, place)

    def _outbox(self, user_id: str) -> str:
        return self._prefix + outbox_key(user_id)
