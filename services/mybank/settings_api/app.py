"""The HTTP side of thresholds and webhooks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool

from services.mybank.contracts.topics import USER_SETTINGS, USER_WEBHOOKS
from services.mybank.settings_api import domain
from services.mybank.settings_api.domain import NothingSetError, SetThreshold, SetWebhook, TooManyChangesError
from services.mybank.settings_api.store import Decide, SettingsJournal
from shared.health import Health
from shared.http.access import AccessTokens, own_only
from shared.http.app import create_app, json_response
from shared.http.bodies import InvalidCommandError, JsonBody, PathId
from shared.http.problems import ProblemError
from shared.http.public_addresses import Destinations, ForbiddenAddressError, UnresolvedNameError
from shared.topics import Topic


def settings_api(open_journal: Callable[[], SettingsJournal], tokens: AccessTokens, destinations: Destinations, health: Health) -> FastAPI:
    """Wire the service. `open_journal` is called inside the running loop."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        journal = app.state.journal = open_journal()
        health.add_ready("journal", journal.check)
        yield
        await run_in_threadpool(journal.close)

    app = create_app("settings-api", "What a user wants to be alerted to, and where.", health, lifespan)
    own = [Depends(own_only(tokens))]
    threshold, webhook = JsonBody(SetThreshold), JsonBody(SetWebhook)

    async def change(topic: Topic[Any], user_id: str, decide: Decide) -> Any:
        journal: SettingsJournal = app.state.journal
        try:
            return await journal.change(topic, user_id, decide)
        except InvalidCommandError as error:
            raise ProblemError(422, str(error)) from error
        except NothingSetError as error:
            raise ProblemError(404, str(error)) from error
        except TooManyChangesError as error:
            raise ProblemError(429, "too many changes within 90 days: try again later", {"Retry-After": "3600"}) from error

    @app.put(
        "/v1/users/{user_id}/thresholds/{threshold_id}",
        dependencies=own,
        openapi_extra=threshold.openapi(),
        summary="Set a threshold; it counts for what is booked from effective_from on",
    )
    async def set_threshold(user_id: PathId, threshold_id: PathId, request: Request) -> Response:
        command = await threshold.read(request)
        version = await change(USER_SETTINGS, user_id, lambda settings, now: domain.set_threshold(settings, threshold_id, command, now))
        return json_response(domain.answer(version))

    @app.delete("/v1/users/{user_id}/thresholds/{threshold_id}", dependencies=own, summary="End a threshold")
    async def end_threshold(user_id: PathId, threshold_id: PathId) -> Response:
        version = await change(USER_SETTINGS, user_id, lambda settings, now: domain.end_threshold(settings, threshold_id, now))
        return json_response(domain.answer(version))

    @app.get("/v1/users/{user_id}/thresholds", dependencies=own, summary="The thresholds in force")
    async def thresholds(user_id: PathId) -> Response:
        settings = app.state.journal.current(USER_SETTINGS, user_id)
        return json_response({"items": [domain.answer(version) for version in domain.thresholds(settings)]})

    @app.put(
        "/v1/users/{user_id}/webhook",
        dependencies=own,
        openapi_extra=webhook.openapi(),
        summary="Where alerts are sent: https, and never into a private network",
    )
    async def set_webhook(user_id: PathId, request: Request) -> Response:
        command = await webhook.read(request)
        try:
            await destinations.check(command.url)
        except (ForbiddenAddressError, UnresolvedNameError) as error:
            raise ProblemError(422, f"url: {error}") from error
        changed = await change(USER_WEBHOOKS, user_id, lambda current, now: domain.set_webhook(current, command, now))
        return json_response({"url": changed.url, "revision": changed.revision})

    @app.delete("/v1/users/{user_id}/webhook", dependencies=own, summary="Send alerts nowhere")
    async def end_webhook(user_id: PathId) -> Response:
        changed = await change(USER_WEBHOOKS, user_id, domain.end_webhook)
        return json_response({"url": None, "revision": changed.revision})

    return app
