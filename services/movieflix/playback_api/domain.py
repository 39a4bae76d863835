"""What may be said of playing a show, and what event that makes."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import uuid4

import msgspec

from services.movieflix.contracts.events import ShowPositionReported, ShowRated
from shared.clock import Micros, to_micros
from shared.http.bodies import Id, InvalidCommandError

POSITION_SLACK_SECONDS = 1.0
"""Players round; a position may lie this far beyond the duration."""

CLOCK_SLACK_SECONDS = 5 * 60
"""How far a device's clock may be ahead of ours."""

LONGEST_SHOW_SECONDS = 30 * 24 * 3600
"""Far above any show: what is above is a client's mistake."""

Seconds = Annotated[float, msgspec.Meta(ge=0, le=LONGEST_SHOW_SECONDS)]
Duration = Annotated[float, msgspec.Meta(gt=0, le=LONGEST_SHOW_SECONDS)]
Time = Annotated[datetime, msgspec.Meta(tz=True)]


class ReportShowPosition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device is at a position of a show. Without `occurred_at`: now."""

    user_id: Id
    show_id: Id
    device_id: Id
    position_seconds: Seconds
    duration_seconds: Duration
    occurred_at: Time | None = None
    event_id: Id | None = None


class RateShow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A user rates a show, in halves from 0.5 to 5. Without `occurred_at`: now."""

    user_id: Id
    show_id: Id
    rating: Annotated[float, msgspec.Meta(ge=0.5, le=5, multiple_of=0.5)]
    occurred_at: Time | None = None
    event_id: Id | None = None


def report_position(command: ReportShowPosition, now: Micros) -> ShowPositionReported:
    """Raises InvalidCommandError where the position is beyond the duration (POSITION_SLACK_SECONDS), or the time too far ahead."""
    if command.position_seconds > command.duration_seconds + POSITION_SLACK_SECONDS:
        raise InvalidCommandError(f"position_seconds {command.position_seconds:g} is beyond duration_seconds {command.duration_seconds:g}")
    return ShowPositionReported(
        event_id=command.event_id or str(uuid4()),
        user_id=command.user_id,
        show_id=command.show_id,
        device_id=command.device_id,
        position_seconds=command.position_seconds,
        duration_seconds=command.duration_seconds,
        occurred_at=_occurred_at(command.occurred_at, now),
    )


def rate_show(command: RateShow, now: Micros) -> ShowRated:
    """Raises InvalidCommandError where the time is too far ahead."""
    return ShowRated(
        event_id=command.event_id or str(uuid4()),
        user_id=command.user_id,
        show_id=command.show_id,
        rating=command.rating,
        occurred_at=_occurred_at(command.occurred_at, now),
    )


def _occurred_at(given: datetime | None, now: Micros) -> Micros:
    if given is None:
        return now
    occurred_at = to_micros(given)
    if occurred_at < 0:
        raise InvalidCommandError(f"occurred_at {given.isoformat()} is before 1970")
    if occurred_at > now + CLOCK_SLACK_SECONDS * 1_000_000:
        raise InvalidCommandError(f"occurred_at {given.isoformat()} is over {CLOCK_SLACK_SECONDS // 60} minutes ahead of our clock")
    return occurred_at
