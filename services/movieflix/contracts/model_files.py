"""Where the matrices of the item model are kept: Valkey, one value a version."""

from __future__ import annotations

import redis

from services.movieflix.contracts.item_model import ItemModel
from services.movieflix.contracts.stores import model_key
from shared.stores.valkey import unavailable_store

KEPT_VERSIONS = 3
"""The newest, and those that a recommender may still be loading."""


class ValkeyModelFiles:
    """Blocking. Raises StoreUnavailableError."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def save(self, version: int, model: ItemModel) -> None:
        """Keeps KEPT_VERSIONS, drops the one before them."""
        with unavailable_store():
            self._client.set(model_key(version), model.to_bytes())
            self._client.delete(model_key(version - KEPT_VERSIONS))

    def load(self, version: int) -> ItemModel | None:
        with unavailable_store():
            content: bytes | None = self._client.get(model_key(version))  # type: ignore[assignment]
        return ItemModel.from_bytes(content) if content else None
