"""The events of MovieFlix, field by field as in the schemas beside this file. Times are microseconds since the epoch, UTC."""

from __future__ import annotations

import msgspec


class ShowPositionReported(msgspec.Struct, frozen=True):
    """A device reported how far its user has watched a show."""

    event_id: str
    user_id: str
    show_id: str
    device_id: str
    position_seconds: float
    duration_seconds: float
    occurred_at: int


class ShowRated(msgspec.Struct, frozen=True):
    """A user rated a show: 0.5 to 5 in halves."""

    event_id: str
    user_id: str
    show_id: str
    rating: float
    occurred_at: int


class ShowCatalogued(msgspec.Struct, frozen=True):
    """A show was added to the catalogue, or its entry was replaced."""

    event_id: str
    show_id: str
    title: str
    genres: list[str]
    year: int | None
    runtime_minutes: int | None
    occurred_at: int


class GenreShare(msgspec.Struct, frozen=True):
    genre: str
    share: float


class UserProfileChanged(msgspec.Struct, frozen=True):
    """The whole profile of a user as it is now; a reader keeps the highest revision."""

    event_id: str
    user_id: str
    revision: int
    seen: int
    genres: list[GenreShare]
    occurred_at: int


class RecommendedShow(msgspec.Struct, frozen=True):
    show_id: str
    title: str
    score: float
    because: list[str]


class RecommendationsChanged(msgspec.Struct, frozen=True):
    """What is recommended to a user now; a reader keeps the highest (revision, model_version)."""

    event_id: str
    user_id: str
    revision: int
    model_version: int
    model_trained_at: int
    fallback: str | None
    items: list[RecommendedShow]
    occurred_at: int


class PopularShow(msgspec.Struct, frozen=True):
    show_id: str
    title: str
    score: float


class ModelTrained(msgspec.Struct, frozen=True):
    """A version of the item model can be loaded; `popular` is what newcomers get."""

    event_id: str
    name: str
    version: int
    items: int
    interactions: int
    fit_seconds: float
    popular: list[PopularShow]
    occurred_at: int
