"""The HTTP side: two commands, one by one and in batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from services.movieflix.contracts.topics import SHOW_POSITION, SHOW_RATING
from services.movieflix.playback_api.domain import RateShow, ReportShowPosition, rate_show, report_position
from shared.clock import Clock
from shared.health import Health
from shared.http.app import create_app
from shared.http.commands import CommandCalls, publishing
from shared.producer import Publisher
from shared.serialization import AvroCodec
from shared.topics import Topic


def playback_api(open_publisher: Callable[[], Publisher], codec: Callable[[Topic[Any]], AvroCodec[Any]], clock: Clock) -> FastAPI:
    """Wire the service. `open_publisher` is called inside the running loop."""
    health = Health()
    app = create_app("playback-api", "Positions and ratings, as devices report them.", health, publishing(open_publisher, health))
    CommandCalls(app, ReportShowPosition, report_position, SHOW_POSITION, codec(SHOW_POSITION), clock).add("/v1/positions")
    CommandCalls(app, RateShow, rate_show, SHOW_RATING, codec(SHOW_RATING), clock).add("/v1/ratings")
    return app
