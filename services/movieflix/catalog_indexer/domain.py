"""Which entry of a show counts, and what of it is searched."""

from __future__ import annotations

from collections.abc import Iterable

from services.movieflix.contracts.events import ShowCatalogued


def latest_entries(events: Iterable[ShowCatalogued]) -> dict[str, ShowCatalogued]:
    """The latest entry of each show by (occurred_at, event_id)."""
    latest: dict[str, ShowCatalogued] = {}
    for event in events:
        other = latest.get(event.show_id)
        if other is None or (event.occurred_at, event.event_id) > (other.occurred_at, other.event_id):
            latest[event.show_id] = event
    return latest
