"""What the recommender knows beside its events: the catalogue, and the model at hand, both kept current while it runs."""

from __future__ import annotations

from typing import Protocol

from services.movieflix.contracts.events import ModelTrained, ShowCatalogued
from services.movieflix.contracts.item_model import ItemModel
from services.movieflix.recommender.ranking import Ranker
from shared.logging import get_logger

log = get_logger(__name__)


class ModelFiles(Protocol):
    def load(self, version: int) -> ItemModel | None:
        """None where the version is not kept any more."""


class Catalogue:
    """Titles and genres by show; written by a replica's thread, read by the agents."""

    def __init__(self) -> None:
        self.titles: dict[str, str] = {}
        self.genres: dict[str, list[str]] = {}
        self.version = 0
        """Another after each change of a genre."""
        self._versions: dict[str, tuple[int, str]] = {}

    def on_event(self, event: ShowCatalogued) -> None:
        version = (event.occurred_at, event.event_id)
        if version >= self._versions.get(event.show_id, (0, "")):
            self._versions[event.show_id] = version
            self.titles[event.show_id] = event.title
            if self.genres.get(event.show_id) != event.genres:
                self.genres[event.show_id] = event.genres
                self.version += 1


class CurrentModel:
    """The newest version that could be loaded. Swapped in one assignment: an agent works with one version or the other."""

    def __init__(self, files: ModelFiles) -> None:
        self._files = files
        self.ranker: Ranker | None = None

    def on_event(self, event: ModelTrained) -> None:
        if self.ranker and event.version <= self.ranker.version:
            return
        model = self._files.load(event.version)
        if model is None:
            log.warning("model_gone", version=event.version)
            return
        self.ranker = Ranker(model, event.version, event.occurred_at, event.popular)
        log.info("model_loaded", version=event.version, items=len(model.items))
