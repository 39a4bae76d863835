"""What may be said of a show, what event that makes, and what a search looks for."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import msgspec

from services.movieflix.contracts.events import ShowCatalogued
from shared.clock import Micros
from shared.http.bodies import Id, InvalidCommandError

Title = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
Genre = Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
Genres = Annotated[list[Genre], msgspec.Meta(max_length=20)]
Year = Annotated[int, msgspec.Meta(ge=1870, le=2100)]
Minutes = Annotated[int, msgspec.Meta(ge=1, le=100_000)]


class ShowEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A show's entry in the catalogue; it replaces the one before."""

    title: Title
    genres: Genres
    year: Year | None = None
    runtime_minutes: Minutes | None = None


class CatalogueShow(ShowEntry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Add a show to the catalogue, or replace its entry."""

    show_id: Id


class ShowFound(msgspec.Struct, frozen=True):
    """A show as it is answered."""

    show_id: str
    title: str
    genres: list[str]
    year: int | None = None
    runtime_minutes: int | None = None


def catalogue_show(command: CatalogueShow, now: Micros) -> ShowCatalogued:
    """Raises InvalidCommandError where title or a genre has characters that cannot be shown, or nothing else than blanks."""
    _check_readable("title", command.title)
    for position, genre in enumerate(command.genres):
        _check_readable(f"genres[{position}]", genre)
    return ShowCatalogued(
        event_id=str(uuid4()),
        show_id=command.show_id,
        title=command.title,
        genres=command.genres,
        year=command.year,
        runtime_minutes=command.runtime_minutes,
        occurred_at=now,
    )


def _check_readable(name: str, text: str) -> None:
    if not text.isprintable() or text.isspace():
        raise InvalidCommandError(f"{name} {text!a} must be printable text: no line breaks, control characters, or blanks only")
