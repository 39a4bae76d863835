"""Views in Valkey: replaced only by a higher version, each change announced."""

from __future__ import annotations

import redis

from services.movieflix.recommendations_projector.domain import View
from shared.stores.valkey import Script

# KEYS: the view. ARGV: version, body, channel or ''.
_REPLACE = Script("""
local stored = redis.call('HGET', KEYS[1], 'version')
if stored and stored >= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'body', ARGV[2])
if ARGV[3] ~= '' then redis.call('PUBLISH', ARGV[3], ARGV[1]) end
return 1
""")


class Views:
    """Blocking; one a process."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def replace(self, views: list[View]) -> None:
        """Idempotent. Raises StoreUnavailableError: a part may be written, so send all again."""
        _REPLACE.run(self._client, (([view.key], [view.version, view.body, view.channel]) for view in views))
