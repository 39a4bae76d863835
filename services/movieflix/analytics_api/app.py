"""The HTTP side of the analytics: four questions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Protocol

from fastapi import FastAPI, Query, Response

from services.movieflix.analytics_api import domain
from services.movieflix.analytics_api.domain import Activity, By, DropOff, Interval, Rated, ShowFigures, Summary
from shared.health import Health
from shared.http.app import create_app, json_response
from shared.http.bodies import PathId
from shared.http.problems import ProblemError
from shared.http.windows import InWindow
from shared.window import Window

DESCRIPTION = """What was viewed and rated. Every figure is exact, over all events that were acknowledged up to about a second ago.

`from` (inclusive) and `to` (exclusive) are RFC 3339 times and bound when events occurred."""


class Events(Protocol):
    """Every call raises StoreUnavailableError."""

    async def summary(self, window: Window) -> Summary: ...
    async def rated(self, window: Window) -> dict[str, Rated]: ...
    async def viewers(self, window: Window, shows: Sequence[str] | None = None) -> dict[str, int]: ...
    async def activity(self, interval: Interval, window: Window) -> list[Activity]: ...
    async def drop_off(self, show_id: str, buckets: int) -> DropOff | None: ...
    async def titles(self, show_ids: Sequence[str]) -> dict[str, str]: ...
    async def close(self) -> None: ...


def analytics_api(events: Events, health: Health) -> FastAPI:
    """Wire the service."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await events.close()

    app = create_app("analytics-api", DESCRIPTION, health, lifespan)

    @app.get("/v1/analytics/summary", summary="Events, and the distinct users and shows in them")
    async def summary(window: InWindow) -> Response:
        return json_response(await events.summary(window))

    @app.get("/v1/analytics/top-shows", summary="Shows by a figure, then by ratings, then by id")
    async def top_shows(
        window: InWindow,
        by: By = "ratings",
        min_ratings: Annotated[int, Query(ge=0, le=2**31)] = 0,
        limit: Annotated[int, Query(ge=1, le=100)] = 10,
    ) -> Response:
        """`ratings` and `mean_rating` count the latest rating of each user; `viewers` are distinct users with a position."""
        return json_response({"items": await _top_shows(events, window, by, min_ratings, limit)})

    @app.get("/v1/analytics/activity", summary="Events by hour, day or month in UTC; those without events are left out")
    async def activity(window: InWindow, interval: Interval = "day") -> Response:
        return json_response({"items": await events.activity(interval, window)})

    @app.get("/v1/analytics/shows/{show_id}/drop-off", summary="How many viewers came how far")
    async def drop_off(show_id: PathId, buckets: Annotated[int, Query(ge=1, le=100)] = 20) -> Response:
        found = await events.drop_off(show_id, buckets)
        if found is None:
            raise ProblemError(404, f"nobody has viewed {show_id}, and the catalogue does not have it")
        return json_response(found)

    return app


async def _top_shows(events: Events, window: Window, by: By, min_ratings: int, limit: int) -> list[ShowFigures]:
    rated = await events.rated(window)
    top = domain.top_shows(rated, {}, by, min_ratings, limit)
    # Distinct viewers are dear to count in a window: of all shows only where that can change which are at the top.
    settled = by == "mean_rating" or (by == "ratings" and (len(top) == limit or min_ratings > 0))
    viewers = await events.viewers(window, top if settled else None)
    if not settled:
        top = domain.top_shows(rated, viewers, by, min_ratings, limit)
    titles = await events.titles(top)
    return [_figures(show_id, titles, rated, viewers) for show_id in top]


def _figures(show_id: str, titles: dict[str, str], rated: dict[str, Rated], viewers: dict[str, int]) -> ShowFigures:
    ratings, mean = rated.get(show_id, (0, None))
    return ShowFigures(show_id, titles.get(show_id, show_id), ratings, mean, viewers.get(show_id, 0))
