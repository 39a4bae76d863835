"""The faust side: two sources change one table, each change publishes the profile and the recommendations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

import faust

from services.movieflix.contracts.events import RecommendationsChanged, UserProfileChanged
from services.movieflix.contracts.topics import RECOMMENDATIONS, SHOW_POSITION, SHOW_RATING, USER_PROFILE
from services.movieflix.recommender.domain import History, genre_shares, rated, watched
from services.movieflix.recommender.store import Catalogue, CurrentModel
from shared.clock import Clock
from shared.guard import GuardedTable, Output
from shared.serialization import AvroCodec
from shared.topics import Topic
from shared.watchdog import Watchdog

TABLE = "histories"
MODEL_CHECK_SECONDS = 1.0
USERS_AT_ONCE = 20
"""After a new model, so many users are computed anew before events get their turn again."""


class Recommender:
    """Makes the outputs of a history as it is now."""

    def __init__(self, catalogue: Catalogue, model: CurrentModel, codec: Callable[[Topic[Any]], AvroCodec[Any]], clock: Clock) -> None:
        self._catalogue = catalogue
        self._model = model
        self._clock = clock
        self._profile_codec = codec(USER_PROFILE)
        self._recommendations_codec = codec(RECOMMENDATIONS)

    def outputs(self, user_id: str, history: History) -> Sequence[Output]:
        now = self._clock()
        profile = UserProfileChanged(
            event_id=str(uuid4()),
            user_id=user_id,
            revision=history.revision,
            seen=len(history.seen()),
            genres=genre_shares(history, self._catalogue.genres),
            occurred_at=now,
        )
        return [Output(USER_PROFILE, self._profile_codec, profile), *self._recommendations(user_id, history, now)]

    def _recommendations(self, user_id: str, history: History, now: int) -> list[Output]:
        ranker = self._model.ranker
        if ranker is None:  # before the first training: newcomers' answer stands
            return []
        items, fallback = ranker.recommend(user_id, history, self._catalogue.titles)
        event = RecommendationsChanged(
            event_id=str(uuid4()),
            user_id=user_id,
            revision=history.revision,
            model_version=ranker.version,
            model_trained_at=ranker.trained_at,
            fallback=fallback,
            items=items,
            occurred_at=now,
        )
        return [Output(RECOMMENDATIONS, self._recommendations_codec, event)]


def add_agents(
    app: faust.App, partitions: int, recommender: Recommender, codec: Callable[[Topic[Any]], AvroCodec[Any]], watchdog: Watchdog
) -> GuardedTable[History]:
    """Wire table and agents into the app."""
    histories = GuardedTable(app, TABLE, History, partitions, recommender.outputs, watchdog)
    histories.add_source(SHOW_RATING, codec(SHOW_RATING), rated)
    histories.add_source(SHOW_POSITION, codec(SHOW_POSITION), watched)
    return histories


async def follow_models(histories: GuardedTable[History], model: CurrentModel, ready: Callable[[], bool]) -> None:
    """After each swap of the model, publish every user's recommendations anew. Runs until cancelled."""
    published = 0
    while True:
        await asyncio.sleep(MODEL_CHECK_SECONDS)
        ranker = model.ranker
        if ranker is None or ranker.version == published or not ready():
            continue
        for number, key in enumerate(histories.keys()):
            await histories.publish_again(key)
            if number % USERS_AT_ONCE == 0:
                await asyncio.sleep(0)
        published = ranker.version
