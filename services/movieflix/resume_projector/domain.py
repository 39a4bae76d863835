"""Which position counts: the latest by (occurred_at, event_id), whatever its order of arrival or its device."""

from __future__ import annotations

from collections.abc import Iterable

from services.movieflix.contracts.events import ShowPositionReported

Version = str
"""Sorts as (occurred_at, event_id) does: sixteen digits of microseconds hold until the year 2286."""

ByUserAndShow = dict[tuple[str, str], list[ShowPositionReported]]


def version(event: ShowPositionReported) -> Version:
    return f"{event.occurred_at:016d}:{event.event_id}"


def by_user_and_show(events: Iterable[ShowPositionReported]) -> ByUserAndShow:
    """The events of a batch by (user, show), in their order of arrival."""
    grouped: ByUserAndShow = {}
    for event in events:
        key = (event.user_id, event.show_id)
        if key in grouped:
            grouped[key].append(event)
        else:
            grouped[key] = [event]
    return grouped
