"""The view in Valkey: every position as it will be served, written only where it is newer than what stands there."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import redis

from services.movieflix.contracts.events import ShowPositionReported
from services.movieflix.contracts.rules import is_finished
from services.movieflix.contracts.stores import continue_key, event_ids_key, resume_key
from services.movieflix.resume_projector.domain import ByUserAndShow, version
from shared.clock import to_rfc3339
from shared.stores.valkey import Arguments, Script

REMEMBERED_ID_BYTES = 1200
"""Per user and show, some thirty ids: a client's retry without occurred_at gets a later time than its first try, and is known by its id
only. Retries come within minutes; what the log brings again is ordered by its version anyway."""

# KEYS: positions, continue-watching, event ids. ARGV: show id, bytes of ids to remember, then for each event in its order of arrival:
# event id, version, finished (1 or 0), occurred_at, the answer of resume-api.
_APPLY = Script("""
local show, remembered = ARGV[1], tonumber(ARGV[2])
local stored = redis.call('HGET', KEYS[1], show)
local best = stored and string.sub(stored, 1, string.find(stored, '|', 1, true) - 1) or ''
local ids = redis.call('HGET', KEYS[3], show) or '|'
local known, winner = #ids, nil
for i = 3, #ARGV, 5 do
  if not string.find(ids, '|' .. ARGV[i] .. '|', 1, true) then
    ids = ids .. ARGV[i] .. '|'
    if ARGV[i + 1] > best then best, winner = ARGV[i + 1], i end
  end
end
if #ids == known then return 0 end
while #ids > remembered do
  local second = string.find(ids, '|', 2, true)
  ids = string.sub(ids, second)
end
redis.call('HSET', KEYS[3], show, ids)
if not winner then return 0 end
redis.call('HSET', KEYS[1], show, best .. '|' .. ARGV[winner + 4])
if ARGV[winner + 2] == '1' then
  redis.call('ZREM', KEYS[2], show)
else
  redis.call('ZADD', KEYS[2], ARGV[winner + 3], show)
end
return 1
""")

_encode = msgspec.json.Encoder().encode


class ResumeView:
    """Blocking; one a process."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def apply(self, positions: ByUserAndShow) -> None:
        """Idempotent, in any order. Raises StoreUnavailableError: part of it may be written, so apply the whole again."""
        _APPLY.run(self._client, (_call(user_id, show_id, events) for (user_id, show_id), events in positions.items()))


def _call(user_id: str, show_id: str, events: Sequence[ShowPositionReported]) -> tuple[Sequence[str], Arguments]:
    arguments: list[str | bytes | int | float] = [show_id, REMEMBERED_ID_BYTES]
    for event in events:
        finished = is_finished(event.position_seconds, event.duration_seconds)
        arguments += (event.event_id, version(event), int(finished), event.occurred_at, _encode(_answer(event, finished)))
    return [resume_key(user_id), continue_key(user_id), event_ids_key(user_id)], arguments


def _answer(event: ShowPositionReported, finished: bool) -> dict[str, object]:
    return {
        "user_id": event.user_id,
        "show_id": event.show_id,
        "position_seconds": event.position_seconds,
        "duration_seconds": event.duration_seconds,
        "device_id": event.device_id,
        "occurred_at": to_rfc3339(event.occurred_at),
        "finished": finished,
    }
