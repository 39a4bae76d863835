"""What a user's history is, and what profile it makes. Every rule here gives the same result in whatever order, and however often,
events arrive: the latest rating wins, begun and finished only ever come about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from services.movieflix.contracts.events import GenreShare, ShowPositionReported, ShowRated
from services.movieflix.contracts.rules import LIKED_FROM, is_finished

UNRATED_STARS = 3.0
"""What a finished show that was not rated weighs in a profile, as if rated so."""


class Rating(msgspec.Struct, frozen=True, array_like=True):
    stars: float
    occurred_at: int
    event_id: str


class ShowHistory(msgspec.Struct, frozen=True, array_like=True):
    """What one user did with one show: begun it at least. `revision` counts the changes."""

    revision: int = 1
    rating: Rating | None = None
    finished: bool = False

    @property
    def seen(self) -> bool:
        """Rated or finished."""
        return self.finished or self.rating is not None

    @property
    def liked(self) -> bool:
        """Rated from LIKED_FROM on, or finished without a rating: what the model reasons from."""
        return self.rating.stars >= LIKED_FROM if self.rating else self.finished

    @property
    def stars(self) -> float:
        """What it weighs in a profile; 0 where it was only begun."""
        if self.rating:
            return self.rating.stars
        return UNRATED_STARS if self.finished else 0.0


def rated(history: ShowHistory | None, event: ShowRated) -> ShowHistory | None:
    """The history with this rating; None where a later one, or the same event, is in it already."""
    rating = Rating(event.rating, event.occurred_at, event.event_id)
    if history is None:
        return ShowHistory(rating=rating)
    known = history.rating
    if known and (event.event_id == known.event_id or (event.occurred_at, event.event_id) < (known.occurred_at, known.event_id)):
        return None
    return ShowHistory(history.revision + 1, rating, history.finished)


def watched(history: ShowHistory | None, event: ShowPositionReported) -> ShowHistory | None:
    """The history with this show begun or finished; None where that is known."""
    finished = is_finished(event.position_seconds, event.duration_seconds)
    if history is None:
        return ShowHistory(finished=finished)
    if history.finished or not finished:
        return None
    return ShowHistory(history.revision + 1, history.rating, True)


class History:
    """All of one user. Each change is put in; sums follow at the cost of the change, not of the history."""

    def __init__(self) -> None:
        self.revision = 0
        """The sum of the shows' revisions: rises with each change, and is the same in whatever order they came."""
        self.seen = 0
        self.liked: set[str] = set()
        self._shows: dict[str, ShowHistory] = {}
        self._genre_stars = GenreStars()

    def __iter__(self) -> Iterator[str]:
        """Every show that was begun, finished or rated: not to be recommended."""
        return iter(self._shows)

    def get(self, show_id: str) -> ShowHistory | None:
        return self._shows.get(show_id)

    def put(self, show_id: str, now: ShowHistory) -> None:
        before = self._shows.get(show_id)
        self._shows[show_id] = now
        self.revision += now.revision - (before.revision if before else 0)
        self.seen += now.seen - (before.seen if before else 0)
        if now.liked:
            self.liked.add(show_id)
        else:
            self.liked.discard(show_id)
        self._genre_stars.change(show_id, now.stars - (before.stars if before else 0.0))

    def genre_shares(self, genres_of: Mapping[str, list[str]], version: int) -> list[GenreShare]:
        """Stars by genre, as shares that add up to 1, largest first. A show's stars are divided evenly among its genres; a show
        that the catalogue does not know, or without genres, is left out. `version` tells one state of `genres_of` from another."""
        return self._genre_stars.shares(self._shows, genres_of, version)


class GenreStars:
    """Sums of stars by genre, with changes applied at the next question; summed anew where the catalogue is another."""

    def __init__(self) -> None:
        self._stars: dict[str, float] = {}
        self._changes: list[tuple[str, float]] = []
        self._version = -1

    def change(self, show_id: str, stars: float) -> None:
        if stars:
            self._changes.append((show_id, stars))

    def shares(self, shows: Mapping[str, ShowHistory], genres_of: Mapping[str, list[str]], version: int) -> list[GenreShare]:
        if version != self._version:
            self._version = version
            self._stars = {}
            self._changes = [(show_id, history.stars) for show_id, history in shows.items()]
        for show_id, stars in self._changes:
            genres = genres_of.get(show_id, ())
            for genre in genres:
                self._stars[genre] = self._stars.get(genre, 0.0) + stars / len(genres)
        self._changes = []
        # What rounding leaves of a genre that was taken back is no share.
        ordered = sorted(((stars, genre) for genre, stars in self._stars.items() if stars > 1e-9), key=lambda item: (-item[0], item[1]))
        total = sum(stars for stars, _ in ordered)
        return [GenreShare(genre, stars / total) for stars, genre in ordered]
