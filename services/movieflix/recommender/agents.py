"""The faust side: two sources change one table, each change publishes the profile and the recommendations."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

import faust

from services.movieflix.contracts.events import RecommendationsChanged, ShowPositionReported, ShowRated, UserProfileChanged
from services.movieflix.contracts.topics import RECOMMENDATIONS, SHOW_POSITION, SHOW_RATING, USER_PROFILE
from services.movieflix.recommender.domain import History, ShowHistory, rated, watched
from services.movieflix.recommender.ranking import Ranker
from services.movieflix.recommender.store import Catalogue, CurrentModel
from shared.clock import Clock, Micros
from shared.guard import GuardedTable, Output
from shared.serialization import AvroCodec
from shared.topics import Topic
from shared.watchdog import Watchdog

TABLE = "histories"
MODEL_CHECK_SECONDS = 1.0
USERS_AT_ONCE = 20
"""After a new model, so many users are computed anew before events get their turn again."""


class Published(NamedTuple):
    """What was published last of a user."""

    model_version: int
    shows: frozenset[str]


class Recommender:
    """Histories by user, kept beside the table of shows by user, and the outputs that they make."""

    def __init__(self, catalogue: Catalogue, model: CurrentModel, codec: Callable[[Topic[Any]], AvroCodec[Any]], clock: Clock) -> None:
        self._catalogue = catalogue
        self._model = model
        self._clock = clock
        self._profile_codec = codec(USER_PROFILE)
        self._recommendations_codec = codec(RECOMMENDATIONS)
        self._histories: dict[str, History] = {}
        self._published: dict[str, Published] = {}

    def restore(self, entries: Iterable[tuple[str, ShowHistory]]) -> None:
        self._histories, self._published = {}, {}
        for key, show in entries:
            user_id, show_id = parts(key)
            self._histories.setdefault(user_id, History()).put(show_id, show)

    def changed(self, key: str, state: ShowHistory) -> Sequence[Output]:
        """Profile and recommendations; nothing where neither can differ from what was published last. (Half of all changes are a show
        begun that was not on the user's list.)"""
        user_id, show_id = parts(key)
        history = self._histories.setdefault(user_id, History())
        history.put(show_id, state)
        last = self._published.get(user_id)
        if last is not None and not state.seen and last.model_version == self.model_version and show_id not in last.shows:
            return ()
        return self.outputs(user_id)

    @property
    def users(self) -> list[str]:
        return list(self._histories)

    @property
    def model_version(self) -> int:
        """0 before the first training."""
        return self._model.ranker.version if self._model.ranker else 0

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
            self._published[user_id] = Published(ranker.version, frozenset(item.show_id for item in event.items))
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


async def follow_models(histories: GuardedTable[ShowHistory], recommender: Recommender, ready: Callable[[], bool]) -> None:
    """After each swap of the model, publish every user's outputs anew. Runs until cancelled."""
    published = 0
    while True:
        await asyncio.sleep(MODEL_CHECK_SECONDS)
        version = recommender.model_version
        if version == published or not ready():
            continue
        histories.restore_if_needed()
        for number, user_id in enumerate(recommender.users):
            await histories.publish(recommender.outputs(user_id))
            if number % USERS_AT_ONCE == 0:
                await asyncio.sleep(0)
        published = version
