"""Views of recommendations in Valkey, written and read as the services do, and the announcement of changes."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import uuid4

import pytest

from services.movieflix.contracts.events import GenreShare, RecommendationsChanged, RecommendedShow, UserProfileChanged
from services.movieflix.recommendations_api.store import ValkeyRecommendations
from services.movieflix.recommendations_projector.domain import newest
from services.movieflix.recommendations_projector.store import Views
from shared.settings import ValkeySettings
from shared.stores import valkey
from tests.conftest import Stack


@pytest.fixture
def settings(stack: Stack) -> ValkeySettings:
    return stack.settings.valkey


@pytest.fixture
def user() -> str:
    return f"user-{uuid4().hex}"


def recommended(user: str, revision: int, model: int = 1) -> RecommendationsChanged:
    show = RecommendedShow(f"show-{revision}-{model}", "A show", 0.5, ["because"])
    return RecommendationsChanged("e", user, revision, model, 0, None, [show], 0)


def write(settings: ValkeySettings, *events: object) -> None:
    client = valkey.connect(settings)
    Views(client).replace(newest(list(events)))
    client.close()


def reading(settings: ValkeySettings, ask: Callable[[ValkeyRecommendations], Awaitable[object]]) -> object:
    async def run() -> object:
        views = ValkeyRecommendations(valkey.connect_async(settings))
        try:
            return await ask(views)
        finally:
            await views.close()

    return asyncio.run(run())


def shown(settings: ValkeySettings, user: str) -> str:
    async def ask(views: ValkeyRecommendations) -> object:
        stored = await views.recommendations(user)
        return json.loads(stored.body)["items"][0]["show_id"] if stored else None

    return str(reading(settings, ask))


def test_the_highest_revision_and_model_stand_whatever_the_order(settings: ValkeySettings, user: str) -> None:
    events = [recommended(user, revision, model) for revision in (1, 2, 11) for model in (1, 2)]
    rng = random.Random(5)
    for _ in range(5):
        rng.shuffle(events)
        for event in events:
            write(settings, event)
    assert shown(settings, user) == "show-11-2"


def test_within_a_batch_the_newest_is_written(settings: ValkeySettings, user: str) -> None:
    write(settings, recommended(user, 3), recommended(user, 2))
    assert shown(settings, user) == "show-3-1"


def test_a_server_that_forgot_the_script_is_taught_it_again(settings: ValkeySettings, user: str) -> None:
    client = valkey.connect(settings)
    client.script_flush()
    write(settings, recommended(user, 1))
    assert shown(settings, user) == "show-1-1"


def test_a_profile_is_served_as_it_was_written(settings: ValkeySettings, user: str) -> None:
    write(settings, UserProfileChanged("e", user, 1, 2, [GenreShare("Horror", 1.0)], 0))

    async def ask(views: ValkeyRecommendations) -> object:
        return json.loads(await views.profile(user) or b"null")

    assert reading(settings, ask) == {
        "user_id": user,
        "seen": 2,
        "genres": [{"genre": "Horror", "share": 1.0}],
        "updated_at": "1970-01-01T00:00:00Z",
    }


def test_each_change_is_announced_to_all_who_listen_to_that_user_and_a_repetition_to_nobody(settings: ValkeySettings, user: str) -> None:
    stranger = f"{user}-other"
    revisions = itertools.count(1)

    async def change(user: str, revision: int | None = None) -> None:
        await asyncio.to_thread(write, settings, recommended(user, revision or next(revisions)))

    async def subscribed(user: str, *heard: asyncio.Event) -> None:
        # The subscription is on its way when `changes` returns: a change that is missed now is followed by another.
        async with asyncio.timeout(60):
            while not all(event.is_set() for event in heard):
                await change(user)
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.gather(*(event.wait() for event in heard)), 1)

    async def ask(views: ValkeyRecommendations) -> object:
        async with views.changes(user) as first, views.changes(user) as second, views.changes(stranger) as other:
            await subscribed(stranger, other)
            await subscribed(user, first, second)
            # One connection brings all of them in their order: whatever the stranger was told came before that.
            for event in (first, second, other):
                event.clear()
            last = next(revisions)
            await change(user, last)
            await asyncio.wait_for(asyncio.gather(first.wait(), second.wait()), 60)
            to_a_stranger = other.is_set()
            await change(stranger)
            await asyncio.wait_for(other.wait(), 60)  # and whatever the user was told came before this
            first.clear()
            other.clear()
            await change(user, last)
            await change(stranger)
            await asyncio.wait_for(other.wait(), 60)
            return to_a_stranger, first.is_set()

    assert reading(settings, ask) == (False, False)
