"""Alerts in Valkey: each once, in the order of the log, with the first acknowledgement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import redis

from services.mybank.alerts_projector.handler import Acknowledgement, NewAlert
from services.mybank.contracts.stores import acknowledged_key, alert_order_key, alerts_channel, alerts_key
from shared.stores.valkey import Arguments, Script

MOST_KEPT = 10_000
"""Of one user; the oldest are dropped."""

# KEYS: alerts, order, acknowledged. ARGV: alert id, offset, body, channel, most kept.
_ADD = Script("""
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[3]) == 0 then return 0 end
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
local surplus = redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[5])
if surplus > 0 then
  local oldest = redis.call('ZPOPMIN', KEYS[2], surplus)
  for i = 1, #oldest, 2 do
    redis.call('HDEL', KEYS[1], oldest[i])
    redis.call('HDEL', KEYS[3], oldest[i])
  end
end
redis.call('PUBLISH', ARGV[4], ARGV[1])
return 1
""")

# KEYS: acknowledged. ARGV: alert id, time. The first counts, whatever order they arrive in.
_ACKNOWLEDGE = Script("""
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored or tonumber(ARGV[2]) < tonumber(stored) then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
return 1
""")


class Alerts:
    """Blocking; one a process. Idempotent. Raises StoreUnavailableError: a part may be written, so send all again."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def add(self, alerts: list[NewAlert]) -> None:
        calls: Iterable[tuple[Sequence[str], Arguments]] = (
            (
                [alerts_key(alert.user_id), alert_order_key(alert.user_id), acknowledged_key(alert.user_id)],
                [alert.alert_id, alert.offset, alert.body, alerts_channel(alert.user_id), MOST_KEPT],
            )
            for alert in alerts
        )
        _ADD.run(self._client, calls)

    def acknowledge(self, acknowledgements: list[Acknowledgement]) -> None:
        _ACKNOWLEDGE.run(self._client, (([acknowledged_key(each.user_id)], [each.alert_id, each.at]) for each in acknowledgements))
