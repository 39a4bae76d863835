"""The sending side: empties the outboxes, one call at a time for each receiver, many receivers at once."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable
from typing import Protocol

import httpcore

from services.mybank.notifier.domain import attempt, given_up, pause_seconds
from services.mybank.notifier.handler import Webhooks
from services.mybank.notifier.store import Waiting
from shared.clock import Clock
from shared.health import Heartbeat
from shared.http.public_addresses import Destinations, ForbiddenAddressError, PublicOnly, UnresolvedNameError
from shared.logging import get_logger
from shared.stores import StoreUnavailableError

log = get_logger(__name__)

MOST_AT_ONCE = 500
ANSWER_SECONDS = 10.0
CLAIMED_SECONDS = 30.0
"""Longer than an attempt may take: a notifier that dies in the middle leaves the receiver to the next one after that."""
LOOK_SECONDS = 0.05
HUNG_AFTER_SECONDS = 30.0
REFRESH_SECONDS = 2.0
"""A webhook that was mended is called at the latest so long after, plus the pause."""


class Outbox(Protocol):
    """Blocking; each call raises StoreUnavailableError. Times are milliseconds since the epoch."""

    def claim(self, now: int, until: int, limit: int) -> list[str]: ...
    def first(self, user_id: str) -> Waiting | None: ...
    def done(self, user_id: str, place: int) -> None: ...
    def drop(self, user_id: str) -> None: ...
    def failed(self, user_id: str) -> int: ...
    def postpone(self, user_id: str, until: int) -> None: ...


class Post(Protocol):
    async def __call__(self, url: str, headers: list[tuple[bytes, bytes]], content: bytes) -> str | None:
        """None where it was received; otherwise why not, in a few words."""


class HttpPost:
    """Follows no redirect, reads no answer but its status, and connects to public addresses only. Create inside the running loop."""

    def __init__(self, destinations: Destinations) -> None:
        self._destinations = destinations
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=MOST_AT_ONCE, max_keepalive_connections=50, keepalive_expiry=5, network_backend=PublicOnly(destinations)
        )

    async def __call__(self, url: str, headers: list[tuple[bytes, bytes]], content: bytes) -> str | None:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._destinations.check(url)
                host = httpcore.URL(url)
                named = [(b"host", _authority(host)), (b"content-length", str(len(content)).encode()), *headers]
                async with self._pool.stream("POST", url, headers=named, content=content) as answer:
                    return None if 200 <= answer.status < 300 else f"status {answer.status}"
        except (ForbiddenAddressError, UnresolvedNameError) as error:
            return str(error)
        except TimeoutError:
            return f"no answer within {ANSWER_SECONDS:g} s"
        except (OSError, httpcore.ConnectError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            return repr(error)[:200]


def _authority(url: httpcore.URL) -> bytes:
    host = b"[" + url.host + b"]" if b":" in url.host else url.host
    return host if url.port is None else host + b":%d" % url.port


class Sender:
    """`start` gives it a thread with an event loop; it ends with the process, and what was under way is sent again by the next.

    `ended` is called where it cannot go on: the process is then to be started anew.
    """

    def __init__(
        self,
        outbox: Outbox,
        webhooks: Webhooks,
        refresh: Callable[[], None],
        open_post: Callable[[], Post],
        clock: Clock,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._outbox = outbox
        self._webhooks = webhooks
        self._refresh = refresh
        self._open_post = open_post
        self._clock = clock
        self._ended = ended
        self.heartbeat = Heartbeat(HUNG_AFTER_SECONDS)

    def start(self) -> None:
        threading.Thread(target=self._run, name="sender", daemon=True).start()

    def _run(self) -> None:
        try:
            asyncio.run(self.run())
        except Exception:
            log.exception("sender_ended")
            self._ended()

    async def run(self) -> None:
        """Until cancelled."""
        post = self._open_post()
        under_way: set[asyncio.Task[None]] = set()
        refresh_at = 0.0
        loop = asyncio.get_running_loop()
        while True:
            self.heartbeat.beat()
            try:
                if loop.time() >= refresh_at:
                    await asyncio.to_thread(self._refresh)
                    refresh_at = loop.time() + REFRESH_SECONDS
                free = MOST_AT_ONCE - len(under_way)
                users = await asyncio.to_thread(self._outbox.claim, self._now(), self._now(CLAIMED_SECONDS), free) if free else []
            except StoreUnavailableError as error:
                log.warning("outbox_away", reason=str(error))
                await asyncio.sleep(1)
                continue
            for user_id in users:
                task = asyncio.create_task(self._serve(user_id, post))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            if not users:
                await asyncio.sleep(LOOK_SECONDS)

    async def _serve(self, user_id: str, post: Post) -> None:
        try:
            waiting = await asyncio.to_thread(self._outbox.first, user_id)
            webhook = self._webhooks.of(user_id)
            if waiting is None or webhook is None or webhook.url is None:
                await asyncio.to_thread(self._outbox.drop, user_id)
                return
            headers, content = attempt(waiting.letter, webhook.secret, self._clock())
            reason = await post(webhook.url, headers, content)
            if reason is None:
                await asyncio.to_thread(self._outbox.done, user_id, waiting.place)
            else:
                await self._failed(user_id, waiting, reason)
        except StoreUnavailableError as error:
            # The claim runs out, and the same letter is sent again, under the same id.
            log.warning("outbox_away", reason=str(error))

    async def _failed(self, user_id: str, waiting: Waiting, reason: str) -> None:
        if given_up(waiting.letter, self._clock()):
            log.error("webhook_given_up", user_id=user_id, alert_id=waiting.letter.alert_id, reason=reason)
            await asyncio.to_thread(self._outbox.done, user_id, waiting.place)
            return
        failures = await asyncio.to_thread(self._outbox.failed, user_id)
        pause = pause_seconds(failures, random.random())
        log.info(
            "webhook_failed", user_id=user_id, alert_id=waiting.letter.alert_id, reason=reason, failures=failures, pause=round(pause, 1)
        )
        await asyncio.to_thread(self._outbox.postpone, user_id, self._now(pause))

    def _now(self, later_seconds: float = 0) -> int:
        return self._clock() // 1000 + int(later_seconds * 1000)
