"""The answers of recommendations-api as they are stored, each with the version that decides whether it replaces what is there."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from services.movieflix.contracts.events import ModelTrained, RecommendationsChanged, UserProfileChanged
from services.movieflix.contracts.stores import POPULAR_KEY, profile_key, recommendations_channel, recommendations_key
from shared.clock import to_rfc3339


class View(NamedTuple):
    key: str
    version: str
    """Sorts as text."""
    body: bytes
    channel: str
    """Where a change is announced; empty: nowhere."""


_encode = msgspec.json.Encoder().encode


def profile(event: UserProfileChanged) -> View:
    body = {"user_id": event.user_id, "seen": event.seen, "genres": event.genres, "updated_at": to_rfc3339(event.occurred_at)}
    return View(profile_key(event.user_id), f"{event.revision:012d}", _encode(body), "")


def recommendations(event: RecommendationsChanged) -> View:
    body = {
        "user_id": event.user_id,
        "model": {"version": event.model_version, "trained_at": to_rfc3339(event.model_trained_at)},
        "fallback": event.fallback,
        "items": event.items,
    }
    version = f"{event.revision:012d}:{event.model_version:012d}"
    return View(recommendations_key(event.user_id), version, _encode(body), recommendations_channel(event.user_id))


def popular(event: ModelTrained) -> View:
    """What anybody gets of whom nothing is known; the user's id is put in when it is served."""
    items = [{"show_id": show.show_id, "title": show.title, "score": show.score, "because": []} for show in event.popular]
    body = {
        "user_id": "",
        "model": {"version": event.version, "trained_at": to_rfc3339(event.occurred_at)},
        "fallback": "popular",
        "items": items,
    }
    return View(POPULAR_KEY, f"{event.version:012d}", _encode(body), "")


VIEWS: dict[type[msgspec.Struct], Any] = {
    UserProfileChanged: profile,
    RecommendationsChanged: recommendations,
    ModelTrained: popular,
}


def newest(events: list[Any]) -> list[View]:
    """One view a key, the newest of the batch."""
    views: dict[str, View] = {}
    for event in events:
        view: View = VIEWS[type(event)](event)
        if view.key not in views or view.version > views[view.key].version:
            views[view.key] = view
    return list(views.values())
