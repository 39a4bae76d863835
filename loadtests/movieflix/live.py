"""The running MovieFlix as a recommender: it is told the past over HTTP, and answers over HTTP."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.movieflix.contracts.events import ModelTrained
from services.movieflix.contracts.rules import LIKED_FROM
from services.movieflix.contracts.topics import CASE_DIR, MODELS
from services.movieflix.replay.catch_up import wait_for_views
from services.movieflix.replay.movielens import Show
from services.movieflix.replay.send import BATCH, CONNECTIONS, Tally, send_shows
from services.movieflix.replay.sessions import RatingBody
from shared import clock
from shared.http.client import ApiClient
from shared.progress import Progress
from shared.registry import HttpSchemaRegistry
from shared.serialization import codec_factory
from shared.settings import KafkaSettings, RegistrySettings, service_url
from shared.streams.replica import TopicReplica

PATIENCE_SECONDS = 180.0
"""Three times the age at which model-trainer learns anew."""
LOOK_AGAIN_SECONDS = 0.2


class LiveError(Exception):
    """The live system did not do what it should; the message says what."""


@dataclass(frozen=True)
class Announced:
    """A model, and how far the world was when it was announced."""

    event: ModelTrained
    liked_acknowledged: int
    seconds: float
    """Since the first rating was sent."""

    def summary(self) -> dict[str, Any]:
        event = self.event
        return {
            "version": event.version,
            "items": event.items,
            "interactions": event.interactions,
            "fit_seconds": event.fit_seconds,
            "announced_after_seconds": round(self.seconds, 1),
            "behind": self.liked_acknowledged - event.interactions,
        }


@dataclass(frozen=True)
class Age:
    """Of the models that answer at a moment: seconds since they were trained, and liked ratings acknowledged that they do not know."""

    seconds: float
    ratings_behind: int


@dataclass(frozen=True)
class LiveRun:
    recommended: dict[str, list[str]]
    """By user id, best first."""
    models: list[Announced]
    ratings_seconds: float
    """Until every rating was acknowledged."""
    views_seconds: float
    """From then on, until every view was up to date."""
    model_seconds: float
    """From the last acknowledgement, until a model of all ratings was announced."""
    served_seconds: float
    """From the last acknowledgement, until it answered everybody."""
    age_when_sent: Age | None
    """Of the oldest model that answered right after the last acknowledgement; None where there was none yet."""
    age_when_asked: Age
    fallbacks: int


class Live:
    """Runs inside a stack's environment. `run` raises LiveError, RefusedError, SilentError, StuckError."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._announced: list[Announced] = []
        self._liked = 0
        self._started = time.monotonic()

    async def run(self, shows: list[Show], past: Sequence[RatingBody], limit: int) -> LiveRun:
        """Tell it the catalogue and the past, wait until a model of all of it answers everybody, and ask for each user's first `limit`."""
        codec: Any = codec_factory(CASE_DIR, HttpSchemaRegistry(RegistrySettings()))
        replica = TopicReplica(MODELS, codec(MODELS), KafkaSettings().client(), self._on_model)
        try:
            await asyncio.to_thread(replica.wait_until_caught_up, 60)
            return await self._told_and_asked(shows, past, limit)
        finally:
            await asyncio.to_thread(replica.close)

    async def _told_and_asked(self, shows: list[Show], past: Sequence[RatingBody], limit: int) -> LiveRun:
        seen = Counter(rating.user_id for rating in past)
        liked = sum(rating.rating >= LIKED_FROM for rating in past)
        async with self._api("catalog-api") as catalog, self._api("playback-api") as playback, self._api("recommendations-api") as api:
            tally = Tally()
            await send_shows(shows, catalog, tally)
            self._started = time.monotonic()
            await self._send(past, playback, tally)
            sent = time.monotonic()
            if tally.rejected:
                raise LiveError(f"{tally.rejected} of the events were rejected: {tally.rejections[0]}")
            self._progress.say(f"{len(past):,} ratings acknowledged in {sent - self._started:.1f} s")
            age_when_sent = self._age(await self._ask(api, seen, limit))
            await self._wait_for_views()
            views = time.monotonic()
            version = await self._model_of(liked)
            model = time.monotonic()
            await self._until_served(api, seen, version)
            served = time.monotonic()
            await self._wait_for_views()
            answers = await self._ask(api, seen, limit)
            age = self._age(answers)
        assert age is not None
        return LiveRun(
            recommended={user: [item["show_id"] for item in answer["items"]] for user, answer in answers.items()},
            models=list(self._announced),
            ratings_seconds=sent - self._started,
            views_seconds=views - sent,
            model_seconds=model - sent,
            served_seconds=served - sent,
            age_when_sent=age_when_sent,
            age_when_asked=age,
            fallbacks=sum(answer["fallback"] is not None for answer in answers.values()),
        )

    def _api(self, service: str) -> ApiClient:
        return ApiClient(service_url("movieflix", service), lambda reason: self._progress.update(f"waiting: {reason}"), PATIENCE_SECONDS)

    def _on_model(self, event: ModelTrained) -> None:
        """On the replica's thread."""
        self._announced.append(Announced(event, self._liked, time.monotonic() - self._started))
        self._progress.say(f"model {event.version}: {event.interactions:,} liked ratings, fitted in {event.fit_seconds:.1f} s")

    async def _send(self, past: Sequence[RatingBody], playback: ApiClient, tally: Tally) -> None:
        """Each user's ratings over one connection, in their order."""

        async def lane(ratings: list[RatingBody]) -> None:
            for start in range(0, len(ratings), BATCH):
                batch = ratings[start : start + BATCH]
                tally.settle(batch, await playback.post("/v1/ratings/batch", batch))
                self._liked += sum(rating.rating >= LIKED_FROM for rating in batch)

        async with asyncio.TaskGroup() as tasks:
            for number in range(CONNECTIONS):
                tasks.create_task(lane([rating for rating in past if int(rating.user_id) % CONNECTIONS == number]))

    async def _wait_for_views(self) -> None:
        await wait_for_views(KafkaSettings().client(), self._progress)

    async def _model_of(self, liked: int) -> int:
        """The version that was fitted on every liked rating."""

        async def found() -> int | None:
            return next((model.event.version for model in self._announced if model.event.interactions == liked), None)

        def otherwise() -> str:
            known = self._announced[-1].event.interactions if self._announced else 0
            return f"no model was fitted on all {liked:,} liked ratings (the last one on {known:,})"

        version: int = await _until(found, otherwise)
        return version

    async def _until_served(self, api: ApiClient, seen: Counter[str], version: int) -> None:
        """Until every user's whole past is in their profile, and their recommendations come from that version.

        One user is asked after the other, so that asking is no load.
        """

        async def served(user: str) -> bool | None:
            profile = await api.get(f"/v1/users/{user}/profile")
            answer = await api.get(f"/v1/users/{user}/recommendations", limit=1)
            current = answer["model"] is not None and answer["model"]["version"] >= version
            return (current and profile is not None and profile["seen"] == seen[user]) or None

        for user in seen:
            await _until(partial(served, user), lambda: f"not every user was served by model {version}")

    async def _ask(self, api: ApiClient, users: Counter[str], limit: int) -> dict[str, dict[str, Any]]:
        answers = await asyncio.gather(*(api.get(f"/v1/users/{user}/recommendations", limit=limit) for user in users))
        return dict(zip(users, answers, strict=True))

    def _age(self, answers: dict[str, dict[str, Any]]) -> Age | None:
        """Of the oldest model among the answers; None where one answers without a model."""
        by_version = {model.event.version: model.event for model in self._announced}
        versions = {answer["model"]["version"] if answer["model"] else 0 for answer in answers.values()}
        if not versions <= by_version.keys():
            return None
        oldest = by_version[min(versions)]
        return Age((clock.now() - oldest.occurred_at) / 1e6, self._liked - oldest.interactions)


async def _until(found: Callable[[], Awaitable[Any]], otherwise: Callable[[], str]) -> Any:
    """What `found` answers once it is not None. Raises LiveError with the sentence."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (answer := await found()) is None:
        if time.monotonic() > deadline:
            raise LiveError(f"within {PATIENCE_SECONDS:.0f} s {otherwise()}: results/movieflix/evaluate/logs tells why")
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    return answer
