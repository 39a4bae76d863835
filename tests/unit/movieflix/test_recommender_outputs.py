"""Who is published when: changed users at once, everybody after a new model or a rebalance, a few at a time."""

from __future__ import annotations

import numpy as np

from services.movieflix.contracts.events import ModelTrained, PopularShow
from services.movieflix.contracts.item_model import ItemModel
from services.movieflix.contracts.topics import CASE_DIR
from services.movieflix.recommender.agents import Recommender
from services.movieflix.recommender.domain import Rating, ShowHistory
from services.movieflix.recommender.store import Catalogue, CurrentModel
from shared.contracts import load_contracts
from shared.registry import InMemorySchemaRegistry
from shared.serialization import codec_factory

SEEN = ShowHistory(rating=Rating(5.0, 0, "e"))


class Files:
    def load(self, version: int) -> ItemModel | None:
        return ItemModel(("a", "b"), np.array([[0, 1], [1, 0]], dtype=np.float32))


def a_recommender() -> tuple[Recommender, CurrentModel]:
    registry = InMemorySchemaRegistry()
    for schema in load_contracts(CASE_DIR).schemas:
        registry.register(schema.subject, schema.schema)
    model = CurrentModel(Files())
    return Recommender(Catalogue(), model, codec_factory(CASE_DIR, registry), lambda: 7), model


def trained(version: int) -> ModelTrained:
    return ModelTrained("e", "ease", version, 2, 2, 0.1, [PopularShow("c", "C", 1.0)], 5)


def test_a_user_with_many_changes_is_published_once_with_the_last_of_them() -> None:
    recommender, model = a_recommender()
    model.on_event(trained(1))
    for show in ("a", "x", "y"):
        assert recommender.changed(f"ada|{show}", SEEN) == ()
    assert recommender.take(10) == ["ada"]
    profile, recommendations = (output.event for output in recommender.outputs("ada"))
    assert (profile.seen, profile.revision) == (3, 3)
    assert (recommendations.revision, recommendations.model_version) == (3, 1)
    assert [(item.show_id, item.because) for item in recommendations.items] == [("b", ["a"])]
    assert recommender.take(10) == []


def test_before_the_first_model_only_profiles_are_published() -> None:
    recommender, _ = a_recommender()
    recommender.changed("ada|a", SEEN)
    assert [type(output.event).__name__ for output in recommender.outputs("ada")] == ["UserProfileChanged"]


def test_after_a_new_model_everybody_is_published_a_few_at_a_time_and_who_changed_first() -> None:
    recommender, model = a_recommender()
    recommender.restore([(f"user-{number}|a", SEEN) for number in range(5)])
    assert sorted(recommender.take(10)) == [f"user-{number}" for number in range(5)]
    model.on_event(trained(1))
    recommender.changed("user-3|b", SEEN)
    first = recommender.take(2)
    assert first[0] == "user-3" and len(first) == 3
    rest = recommender.take(2) + recommender.take(2)
    assert sorted(first + rest) == [f"user-{number}" for number in range(5)]


def test_after_a_rebalance_the_users_at_hand_are_published_and_no_others_are_known() -> None:
    recommender, _ = a_recommender()
    recommender.changed("gone|a", SEEN)
    recommender.restore([("ada|a", SEEN)])
    assert recommender.take(10) == ["ada"]
    assert recommender.outputs("gone") == ()
