"""What a user's history is, and what profile it makes. Every rule here gives the same result in whatever order, and however often,
events arrive: the latest rating wins, finished and started only ever grow."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from services.movieflix.contracts.events import GenreShare, ShowPositionReported, ShowRated
from services.movieflix.contracts.rules import LIKED_FROM, is_finished

UNRATED_STARS = 3.0
"""What a finished show that was not rated weighs in a profile, as if rated so."""


class Rating(msgspec.Struct, frozen=True, array_like=True):
    stars: float
    occurred_at: int
    event_id: str


class History(msgspec.Struct, frozen=True, array_like=True):
    """Of one user. `revision` counts its changes."""

    revision: int
    ratings: dict[str, Rating]
    finished: set[str]
    started: set[str]
    """Shows with a position that are not finished."""

    def seen(self) -> set[str]:
        """Shows rated or finished."""
        return self.finished | self.ratings.keys()

    def not_to_recommend(self) -> set[str]:
        """What was seen, and what was begun: continue-watching has that."""
        return self.started | self.finished | self.ratings.keys()

    def liked(self) -> set[str]:
        """Rated from LIKED_FROM on, or finished without a rating: what the model reasons from."""
        rated = {show for show, rating in self.ratings.items() if rating.stars >= LIKED_FROM}
        return rated | (self.finished - self.ratings.keys())


NOTHING = History(0, {}, set(), set())


def rated(history: History | None, event: ShowRated) -> History | None:
    """The history with this rating; None where a later one, or the same event, is in it already."""
    before = history or NOTHING
    known = before.ratings.get(event.show_id)
    if known and (event.occurred_at, event.event_id) <= (known.occurred_at, known.event_id):
        return None
    if known and event.event_id == known.event_id:
        return None
    rating = Rating(event.rating, event.occurred_at, event.event_id)
    return msgspec.structs.replace(before, revision=before.revision + 1, ratings={**before.ratings, event.show_id: rating})


def watched(history: History | None, event: ShowPositionReported) -> History | None:
    """The history with this show begun or finished; None where that is known."""
    before = history or NOTHING
    show = event.show_id
    if show in before.finished:
        return None
    if is_finished(event.position_seconds, event.duration_seconds):
        return msgspec.structs.replace(
            before, revision=before.revision + 1, finished=before.finished | {show}, started=before.started - {show}
        )
    if show in before.started:
        return None
    return msgspec.structs.replace(before, revision=before.revision + 1, started=before.started | {show})


def genre_shares(history: History, genres_of: Mapping[str, list[str]]) -> list[GenreShare]:
    """Stars by genre, as shares that add up to 1, largest first. A show's stars are divided evenly among its genres; a show
    that the catalogue does not know, or without genres, is left out."""
    stars: dict[str, float] = {}
    weighed = [(show, rating.stars) for show, rating in history.ratings.items()]
    weighed += [(show, UNRATED_STARS) for show in history.finished if show not in history.ratings]
    for show, weight in weighed:
        genres = genres_of.get(show)
        if genres:
            part = weight / len(genres)
            for genre in genres:
                stars[genre] = stars.get(genre, 0.0) + part
    total = sum(stars.values())
    ordered = sorted(stars.items(), key=lambda item: (-item[1], item[0]))
    return [GenreShare(genre, value / total) for genre, value in ordered]
