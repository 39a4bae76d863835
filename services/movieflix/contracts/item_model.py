"""The item model as model-trainer stores it and recommender loads it."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ItemModel:
    """EASE (Steck 2019, https://arxiv.org/abs/1905.03375): the score of item i for a user is the sum of `weights[j, i]`
    over their items j."""

    items: tuple[str, ...]
    weights: NDArray[np.float32]
    """Items x items, zero diagonal; row j holds what item j says of all others."""

    def to_bytes(self) -> bytes:
        buffer = io.BytesIO()
        np.savez(buffer, items=np.array(self.items, dtype=np.str_), weights=self.weights)
        return buffer.getvalue()

    @staticmethod
    def from_bytes(content: bytes) -> ItemModel:
        """Raises ValueError where the content is no such model. Nothing in it is executed (no pickles)."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return ItemModel(tuple(str(item) for item in arrays["items"]), arrays["weights"])
