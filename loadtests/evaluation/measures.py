"""How good is a ranked list, where it is known what came next?"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence

Measure = Callable[[Sequence[int], Collection[int]], float]
"""(ranked items, best first; relevant items, at least one) -> 0 to 1."""


def recall_at(k: int, ranked: Sequence[int], relevant: Collection[int]) -> float:
    """The share of the relevant items among the first k, of as many as k places can hold: 1 is always possible (Liang et al. 2018)."""
    return sum(item in relevant for item in ranked[:k]) / min(k, len(relevant))


def ndcg_at(k: int, ranked: Sequence[int], relevant: Collection[int]) -> float:
    """As recall, but a hit at place p (from 1) counts 1 / log2(p + 1); 1 where the first places are all hits."""
    gain = sum(1 / math.log2(place + 2) for place, item in enumerate(ranked[:k]) if item in relevant)
    return gain / sum(1 / math.log2(place + 2) for place in range(min(k, len(relevant))))


MEASURES: Mapping[str, Measure] = {
    "Recall@10": lambda ranked, relevant: recall_at(10, ranked, relevant),
    "Recall@20": lambda ranked, relevant: recall_at(20, ranked, relevant),
    "NDCG@10": lambda ranked, relevant: ndcg_at(10, ranked, relevant),
}
LONGEST = 20
"""No measure looks further down a list."""
