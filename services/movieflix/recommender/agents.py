"""The faust side: two sources change one table; who changed gets a new profile and new recommendations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any
from uuid import uuid4

import faust

from services.movieflix.contracts.events import RecommendationsChanged, ShowPositionReported, ShowRated, UserProfileChanged
from services.movieflix.contracts.topics import RECOMMENDATIONS, SHOW_POSITION, SHOW_RATING, USER_PROFILE
from services.movieflix.recommender.domain import History, ShowHistory, rated, watched
from services.movieflix.recommender.ranking import Ranker
from services.movieflix.recommender.store import Catalogue, CurrentModel
from shared.clock import Clock, Micros
from shared.serialization import AvroCodec
from shared.streams.guard import GuardedTable, Output
from shared.streams.watchdog import Watchdog
from shared.topics import Topic

TABLE = "histories"
PUBLISH_INTERVAL_SECONDS = 0.1
OUTDATED_AT_ONCE = 40
"""After a new model, so many users are computed anew each time: four hundred a second, while who rates is served as before."""


class Recommender:
    """Histories by user, kept beside the table of shows by user, and the outputs that they make.

    Changes are gathered and published by user, not by event: a user who rates twenty films in a row gets one list, not twenty.
    """

    def __init__(self, catalogue: Catalogue, model: CurrentModel, codec: Callable[[Topic[Any]], AvroCodec[Any]], clock: Clock) -> None:
        self._catalogue = catalogue
        self._model = model
        self._clock = clock
        self._profile_codec = codec(USER_PROFILE)
        self._recommendations_codec = codec(RECOMMENDATIONS)
        self._histories: dict[str, History] = {}
        self._changed: set[str] = set()
        self._outdated: dict[str, None] = {}
        self._published_version = 0

    def restore(self, entries: Iterable[tuple[str, ShowHistory]]) -> None:
        """Whoever had these users before may have ended between a change and its publication: all are published anew."""
        self._histories = {}
        for key, show in entries:
            user_id, show_id = parts(key)
            self._histories.setdefault(user_id, History()).put(show_id, show)
        self._changed = set()
        self._outdated = dict.fromkeys(self._histories)

    def changed(self, key: str, state: ShowHistory) -> Sequence[Output]:
        user_id, show_id = parts(key)
        self._histories.setdefault(user_id, History()).put(show_id, state)
        self._changed.add(user_id)
        return ()

    def take(self, outdated: int) -> list[str]:
        """The users to publish next: all whose history changed, and after a new model or a rebalance so many of the others."""
        version = self._model.ranker.version if self._model.ranker else 0
        if version != self._published_version:
            self._published_version = version
            self._outdated = dict.fromkeys(self._histories)
        others = (user_id for user_id in self._outdated if user_id not in self._changed)
        users = [*self._changed, *islice(others, outdated)]
        self._changed = set()
        for user_id in users:
            self._outdated.pop(user_id, None)
        return users

    def outputs(self, user_id: str) -> Sequence[Output]:
        """What is to be published of a user as of now; nothing where a rebalance took the user away."""
        history, ranker, now = self._histories.get(user_id), self._model.ranker, self._clock()
        if history is None:
            return ()
        profile = UserProfileChanged(
            event_id=str(uuid4()),
            user_id=user_id,
            revision=history.revision,
            seen=history.seen,
            genres=history.genre_shares(self._catalogue.genres, self._catalogue.version),
            occurred_at=now,
        )
        outputs = [Output(USER_PROFILE, self._profile_codec, profile)]
        if ranker is not None:  # before the first training, newcomers' answer stands
            event = _recommendations(ranker, user_id, history, self._catalogue.titles, now)
            outputs.append(Output(RECOMMENDATIONS, self._recommendations_codec, event))
        return outputs


def _recommendations(ranker: Ranker, user_id: str, history: History, titles: dict[str, str], now: Micros) -> RecommendationsChanged:
    items, fallback = ranker.recommend(user_id, history, titles)
    return RecommendationsChanged(
        event_id=str(uuid4()),
        user_id=user_id,
        revision=history.revision,
        model_version=ranker.version,
        model_trained_at=ranker.trained_at,
        fallback=fallback,
        items=items,
        occurred_at=now,
    )


def key_of(event: ShowRated | ShowPositionReported) -> str:
    """One table entry for each show of a user: a change writes the show, not the user's life. No id holds a bar."""
    return f"{event.user_id}|{event.show_id}"


def parts(key: str) -> tuple[str, str]:
    user_id, _, show_id = key.partition("|")
    return user_id, show_id


def add_agents(
    app: faust.App, partitions: int, recommender: Recommender, codec: Callable[[Topic[Any]], AvroCodec[Any]], watchdog: Watchdog
) -> GuardedTable[ShowHistory]:
    """Wire table and agents into the app."""
    histories = GuardedTable(app, TABLE, ShowHistory, partitions, recommender, watchdog)
    histories.add_source(SHOW_RATING, codec(SHOW_RATING), key_of, rated)
    histories.add_source(SHOW_POSITION, codec(SHOW_POSITION), key_of, watched)
    return histories


async def publish_changes(histories: GuardedTable[ShowHistory], recommender: Recommender, ready: Callable[[], bool]) -> None:
    """Publish who changed, PUBLISH_INTERVAL_SECONDS after the change at most. Runs until cancelled."""
    while True:
        await asyncio.sleep(PUBLISH_INTERVAL_SECONDS)
        if not ready():
            continue
        histories.restore_if_needed()
        for user_id in recommender.take(OUTDATED_AT_ONCE):
            await histories.publish(recommender.outputs(user_id))
            await asyncio.sleep(0)
