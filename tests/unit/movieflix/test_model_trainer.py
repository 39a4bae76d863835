"""The closed form against its textbook formula, popularity, and when a training is due."""

from __future__ import annotations

import numpy as np
import pytest

from services.movieflix.contracts.item_model import ItemModel
from services.movieflix.model_trainer.domain import POPULAR_SHOWS, Progress, fit, is_due, popular
from services.movieflix.model_trainer.handler import Trainer
from services.movieflix.model_trainer.settings import TrainerSettings
from shared.stores import StoreUnavailableError

INTERACTIONS = {
    "ada": {"nosferatu", "metropolis", "the-general"},
    "ben": {"nosferatu", "metropolis"},
    "cleo": {"the-general", "metropolis"},
    "dora": {"nosferatu", "seen-once"},
}


def test_the_weights_are_those_of_the_closed_form() -> None:
    model = fit(INTERACTIONS, regularisation=0.5, min_interactions=2, max_items=10)
    assert set(model.items) == {"nosferatu", "metropolis", "the-general"}
    x = np.array([[show in shows for show in model.items] for shows in INTERACTIONS.values()], dtype=float)
    p = np.linalg.inv(x.T @ x + 0.5 * np.eye(3))
    expected = np.eye(3) - p / np.diag(p)
    np.testing.assert_allclose(model.weights, expected, atol=1e-6)
    assert not np.diag(model.weights).any()


def test_the_most_interacted_with_items_are_kept() -> None:
    assert fit(INTERACTIONS, 0.5, 1, max_items=2).items == ("metropolis", "nosferatu")


def test_nothing_to_learn_from_makes_an_empty_model() -> None:
    model = fit({}, 0.5, 1, 10)
    assert model.items == () and model.weights.shape == (0, 0)


def test_a_model_survives_being_stored() -> None:
    model = fit(INTERACTIONS, 0.5, 1, 10)
    loaded = ItemModel.from_bytes(model.to_bytes())
    assert loaded.items == model.items
    np.testing.assert_array_equal(loaded.weights, model.weights)


def test_bytes_that_are_no_model_are_refused() -> None:
    with pytest.raises(ValueError, match=r".+"):
        ItemModel.from_bytes(b"no model at all")


def test_popular_is_the_share_of_viewers_then_the_rest_of_the_catalogue_by_title() -> None:
    shows = popular(INTERACTIONS, {"nosferatu": "Nosferatu", "b": "B", "a": "A"})
    assert [(show.show_id, show.title, show.score) for show in shows] == [
        ("metropolis", "metropolis", 0.75),
        ("nosferatu", "Nosferatu", 0.75),
        ("the-general", "the-general", 0.5),
        ("seen-once", "seen-once", 0.25),
        ("a", "A", 0.0),
        ("b", "B", 0.0),
    ]


def test_popular_is_bounded() -> None:
    assert len(popular({}, {str(number): str(number) for number in range(500)})) == POPULAR_SHOWS


@pytest.mark.parametrize(
    ("now", "last", "due"),
    [
        (Progress(0, 0), None, True),
        (Progress(100, 50), Progress(100, 0), False),
        (Progress(109, 50), Progress(100, 0), False),
        (Progress(110, 50), Progress(100, 0), True),
        (Progress(101, 600), Progress(100, 0), True),
        (Progress(100, 600), Progress(100, 0), False),
        (Progress(1, 1), Progress(0, 0), True),
    ],
)
def test_a_training_is_due_with_a_tenth_more_or_at_an_age_with_anything_new(now: Progress, last: Progress | None, due: bool) -> None:
    assert is_due(now, last, growth=0.1, max_age_seconds=600) is due


class Source:
    def interactions_count(self) -> int:
        return 9

    def interactions(self) -> dict[str, set[str]]:
        return {user: set(shows) for user, shows in INTERACTIONS.items()}

    def titles(self) -> dict[str, str]:
        return {}


class Files:
    def __init__(self, away: bool = False) -> None:
        self.saved: dict[int, ItemModel] = {}
        self.away = away

    def save(self, version: int, model: ItemModel) -> None:
        if self.away:
            raise StoreUnavailableError("away")
        self.saved[version] = model


def test_a_version_is_announced_only_after_its_matrix_is_stored() -> None:
    files = Files(away=True)
    trainer = Trainer(Source(), files, TrainerSettings())
    with pytest.raises(StoreUnavailableError):
        trainer.train_if_due(last_version=4)
    files.away = False
    event = trainer.train_if_due(last_version=4)
    assert event is not None and event.version == 5 and event.interactions == 9
    assert list(files.saved) == [5]
    assert trainer.train_if_due(last_version=5) is None


class Growing(Source):
    """More to learn from at each look."""

    def __init__(self) -> None:
        self.looks = 0

    def interactions_count(self) -> int:
        self.looks += 1
        return 10**self.looks


def test_no_version_gets_a_second_matrix_while_its_own_announcement_is_not_heard_yet() -> None:
    files = Files()
    trainer = Trainer(Growing(), files, TrainerSettings())
    first = trainer.train_if_due(last_version=4)
    # A broker has failed: what the trainer announced reaches it again only seconds later.
    second = trainer.train_if_due(last_version=4)
    assert first is not None and second is not None
    assert (first.version, second.version) == (5, 6)
