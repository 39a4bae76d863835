"""The faust side: two sources change one table, each change publishes the profile and the recommendations."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

import faust

from services.movieflix.contracts.events import RecommendationsChanged, UserProfileChanged
from services.movieflix.contracts.topics import RECOMMENDATIONS, SHOW_POSITION, SHOW_RATING, USER_PROFILE
from services.movieflix.recommender.domain import History, genre_shares, rated, watched
from services.movieflix.recommender.ranking import Ranker
from services.movieflix.recommender.store import Catalogue, CurrentModel
from shared.clock import Clock, Micros
from shared.guard import GuardedTable, Output
from shared.serialization import AvroCodec
from shared.topics import Topic
from shared.watchdog import Watchdog

TABLE = "histories"
MODEL_CHECK_SECONDS = 1.0
REMEMBERED_USERS = 10_000
USERS_AT_ONCE = 20
"""After a new model, so many users are computed anew before events get their turn again."""


class Published(NamedTuple):
    """What was published last of a user."""

    history: History
    model_version: int
    shows: frozenset[str]


class Recommender:
    """Makes the outputs of a history as it is now."""

    def __init__(self, catalogue: Catalogue, model: CurrentModel, codec: Callable[[Topic[Any]], AvroCodec[Any]], clock: Clock) -> None:
        self._catalogue = catalogue
        self._model = model
        self._clock = clock
        self._profile_codec = codec(USER_PROFILE)
        self._recommendations_codec = codec(RECOMMENDATIONS)
        self._published: OrderedDict[str, Published] = OrderedDict()

    def outputs(self, user_id: str, history: History) -> Sequence[Output]:
        """Profile and recommendations; nothing where neither can differ from what was published last. (Half of all changes are a show
        begun that was not on the user's list.)"""
        ranker = self._model.ranker
        version = ranker.version if ranker else 0
        last = self._published.pop(user_id, None)
        if last is not None and last.model_version == version and _changes_nothing(last, history):
            self._remember(user_id, last)
            return ()
        now = self._clock()
        profile = self._profile(user_id, history, now)
        if ranker is None:  # before the first training: newcomers' answer stands
            return [profile]
        event = _recommendations(ranker, user_id, history, self._catalogue.titles, now)
        self._remember(user_id, Published(history, version, frozenset(item.show_id for item in event.items)))
        return [profile, Output(RECOMMENDATIONS, self._recommendations_codec, event)]

    def _profile(self, user_id: str, history: History, now: Micros) -> Output:
        event = UserProfileChanged(
            event_id=str(uuid4()),
            user_id=user_id,
            revision=history.revision,
            seen=len(history.seen()),
            genres=genre_shares(history, self._catalogue.genres),
            occurred_at=now,
        )
        return Output(USER_PROFILE, self._profile_codec, event)

    def _remember(self, user_id: str, published: Published) -> None:
        self._published[user_id] = published
        if len(self._published) > REMEMBERED_USERS:
            self._published.popitem(last=False)


def _changes_nothing(last: Published, history: History) -> bool:
    """Unchanged parts of a history are the same objects: the rules of the domain replace only what they change."""
    before = last.history
    same = history.ratings is before.ratings and history.finished is before.finished
    return same and last.shows.isdisjoint(history.started - before.started)


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
