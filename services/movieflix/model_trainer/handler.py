"""One training: read, fit, store the matrix, then announce it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol
from uuid import uuid4

from services.movieflix.contracts.events import ModelTrained
from services.movieflix.contracts.item_model import ItemModel
from services.movieflix.model_trainer.domain import Progress, fit, is_due, popular
from services.movieflix.model_trainer.settings import TrainerSettings
from shared import clock

MODEL_NAME = "ease"


class Source(Protocol):
    def interactions_count(self) -> int: ...
    def interactions(self) -> dict[str, set[str]]: ...
    def titles(self) -> Mapping[str, str]: ...


class ModelStore(Protocol):
    def save(self, version: int, model: ItemModel) -> None: ...


class Trainer:
    """Blocking; every call raises StoreUnavailableError where a store is away."""

    def __init__(self, source: Source, files: ModelStore, settings: TrainerSettings) -> None:
        self._source = source
        self._files = files
        self._settings = settings
        self._last: Progress | None = None
        self._version = 0
        self._fit_seconds = 0.0

    def train_if_due(self, last_version: int) -> ModelTrained | None:
        """The event to publish; its matrix is stored already, so whoever reads the event can load it.

        `last_version` is the last that was heard of. No version is ever given to two matrices: one that was announced may be in use.
        """
        last_version = max(last_version, self._version)
        now = Progress(self._source.interactions_count(), time.monotonic())
        max_age = max(self._settings.max_age_seconds, self._fit_seconds / self._settings.time_share)
        if last_version and not is_due(now, self._last, self._settings.growth, max_age):
            return None
        event = self._train(last_version + 1)
        self._last, self._version, self._fit_seconds = now, event.version, event.fit_seconds
        return event

    def _train(self, version: int) -> ModelTrained:
        interactions = self._source.interactions()
        titles = self._source.titles()
        started = time.perf_counter()
        model = fit(interactions, self._settings.regularisation, self._settings.min_interactions, self._settings.max_items)
        seconds = time.perf_counter() - started
        self._files.save(version, model)
        return ModelTrained(
            event_id=str(uuid4()),
            name=MODEL_NAME,
            version=version,
            items=len(model.items),
            interactions=sum(len(shows) for shows in interactions.values()),
            fit_seconds=round(seconds, 3),
            popular=popular(interactions, titles),
            occurred_at=clock.now(),
        )
