"""The HTTP side of alerts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Annotated, Protocol

from fastapi import Depends, FastAPI, Header, Query, Response

from services.mybank.alerts_api.domain import Stored, acknowledged, answer, place_after, raised_at, stream_place
from services.mybank.contracts.events import AlertAcknowledged
from services.mybank.contracts.topics import ALERT_ACKNOWLEDGEMENTS
from shared.clock import Clock, Micros, from_rfc3339
from shared.health import Health
from shared.http.access import AccessTokens, Caller, own_only
from shared.http.app import create_app
from shared.http.bodies import PathId
from shared.http.commands import publishing
from shared.http.events import event_stream, sent_event
from shared.http.problems import ProblemError
from shared.producer import Publisher
from shared.serialization import AvroCodec
from shared.stores import StoreUnavailableError

DEFAULT_LIMIT = 50
Limit = Annotated[int, Query(ge=1, le=1000)]
PAGE = 500
END = 2**53
LOOK_ANYWAY_SECONDS = 5.0
"""An announcement can be lost; nothing is missed by it, it only comes so much later."""


class AlertViews(Protocol):
    """Each call raises StoreUnavailableError."""

    async def newest(self, user_id: str, below: int, limit: int) -> list[Stored]:
        """Newest first, from before the place `below` on."""

    async def after(self, user_id: str, place: int, limit: int) -> list[Stored]:
        """Oldest first, from after the place on."""

    async def one(self, user_id: str, alert_id: str) -> Stored | None: ...

    async def acknowledge(self, user_id: str, alert_id: str, at: Micros) -> None:
        """Unless it was acknowledged before. What the projector does too, a moment later: so that the user sees it at once."""

    def changes(self, user_id: str) -> AbstractAsyncContextManager[asyncio.Event]: ...
    async def close(self) -> None: ...


def alerts_api(
    views: AlertViews,
    open_publisher: Callable[[], Publisher],
    codec: AvroCodec[AlertAcknowledged],
    tokens: AccessTokens,
    clock: Clock,
    health: Health,
) -> FastAPI:
    """Wire the service. `open_publisher` is called inside the running loop."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with publishing(open_publisher, health)(app):
            yield
        await views.close()

    app = create_app("alerts-api", "A user's alerts: the list, as they come, and which of them were seen.", health, lifespan)
    own = Depends(own_only(tokens))

    @app.get("/v1/users/{user_id}/alerts", dependencies=[own], summary="Newest first; `before` is an alert's id, or a time")
    async def alerts(user_id: PathId, limit: Limit = DEFAULT_LIMIT, before: Annotated[str, Query(max_length=64)] = "") -> Response:
        items = await (_before(views, user_id, before, limit) if before else views.newest(user_id, END, limit))
        return Response(b'{"items":[' + b",".join(answer(item) for item in items) + b"]}", media_type="application/json")

    @app.get("/v1/users/{user_id}/alerts/stream", summary="Server-sent events: each new alert; Last-Event-ID resumes after that one")
    async def stream(
        user_id: PathId, caller: Caller = own, last_event_id: Annotated[str, Header(alias="Last-Event-ID", max_length=64)] = ""
    ) -> Response:
        seen = place_after(last_event_id)
        if last_event_id and seen is None:
            raise ProblemError(422, "Last-Event-ID is none of this stream: send one that it sent, or none")
        if seen is None:
            latest = await views.newest(user_id, END, 1)
            seen = latest[0].place if latest else -1
        left = max(0.0, (caller.expires_at - clock()) / 1_000_000)
        return event_stream(_messages(views, user_id, seen, asyncio.get_running_loop().time() + left))

    @app.post("/v1/users/{user_id}/alerts/{alert_id}/acknowledge", dependencies=[own], summary="It was seen; the first time counts")
    async def acknowledge(user_id: PathId, alert_id: PathId) -> Response:
        stored = await views.one(user_id, alert_id)
        if stored is None:
            raise ProblemError(404, f"{user_id} has no alert {alert_id}")
        if stored.acknowledged_at is None:
            event = acknowledged(user_id, alert_id, clock())
            await app.state.publisher.publish(ALERT_ACKNOWLEDGEMENTS, codec, [event])
            await views.acknowledge(user_id, alert_id, event.occurred_at)
            stored = await views.one(user_id, alert_id) or stored
        return Response(answer(stored), media_type="application/json")

    return app


async def _before(views: AlertViews, user_id: str, before: str, limit: int) -> list[Stored]:
    if known := await views.one(user_id, before):
        return await views.newest(user_id, known.place, limit)
    try:
        moment = from_rfc3339(before)
    except ValueError as error:
        raise ProblemError(422, "before is neither the id of one of the user's alerts nor a time as 2026-01-31T12:00:00Z") from error
    found: list[Stored] = []
    below = END
    while len(found) < limit and (page := await views.newest(user_id, below, PAGE)):
        found += [item for item in page if from_rfc3339(raised_at(item)) < moment]
        below = page[-1].place
    return found[:limit]


async def _messages(views: AlertViews, user_id: str, seen: int, until: float) -> AsyncGenerator[bytes, None]:
    """Listen first, then read from the last place on: what comes in between is seen, and nothing twice. Ends with the caller's token."""
    loop = asyncio.get_running_loop()
    # Without a place of its own, a client whose stream breaks before the first alert would resume behind what came meanwhile.
    yield stream_place(seen)
    async with views.changes(user_id) as changed:
        while (left := until - loop.time()) > 0:
            changed.clear()
            try:
                page = await views.after(user_id, seen, PAGE)
            except StoreUnavailableError:
                await asyncio.sleep(min(1.0, left))
                continue
            for stored in page:
                seen = stored.place
                yield sent_event(answer(stored), str(seen), "alert")
            if not page:
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), min(LOOK_ANYWAY_SECONDS, left))
