"""How sure is a mean over users, and the difference of two systems for the same users? By resampling: no distribution is assumed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 10_000
INTERVAL = (2.5, 97.5)
"""Percentiles: 95 %."""
AT_ONCE = 500
"""Resamples computed together: bounds memory."""


@dataclass(frozen=True)
class Estimate:
    """A mean and its interval of 95 %."""

    mean: float
    low: float
    high: float

    def rounded(self) -> dict[str, Any]:
        return {name: round(value, 5) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Difference(Estimate):
    """Mean of (system - other) over the users that both served."""

    p: float
    """Two-sided: how often a difference as large comes about where each user's two values are swapped by chance."""
    relative: float
    """To the other's mean; 0 where that is 0."""

    @property
    def above(self) -> bool:
        return self.low > 0


def estimate(values: NDArray[np.float64], seed: int) -> Estimate:
    """Bootstrap over users (Efron 1979), percentiles."""
    low, high = np.percentile(_resampled(values, seed), INTERVAL)
    return Estimate(float(values.mean()), float(low), float(high))


def difference(system: NDArray[np.float64], other: NDArray[np.float64], seed: int) -> Difference:
    """Paired: values[i] of both belong to one user."""
    differences = system - other
    found = estimate(differences, seed)
    mean = float(other.mean())
    return Difference(found.mean, found.low, found.high, _swapped(differences, seed), found.mean / mean if mean else 0.0)


def _resampled(values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    rng = np.random.default_rng(seed)
    means = [
        values[rng.integers(0, len(values), (min(AT_ONCE, RESAMPLES - start), len(values)))].mean(axis=1)
        for start in range(0, RESAMPLES, AT_ONCE)
    ]
    return np.concatenate(means)


def _swapped(differences: NDArray[np.float64], seed: int) -> float:
    """The randomisation test (Fisher; for rankings: Smucker et al. 2007)."""
    rng = np.random.default_rng(seed)
    # A sum in another order differs in the last bits: a tie must stay one.
    observed = abs(float(differences.mean())) - 1e-12
    as_large = 0
    for start in range(0, RESAMPLES, AT_ONCE):
        signs = rng.integers(0, 2, (min(AT_ONCE, RESAMPLES - start), len(differences))) * 2 - 1
        as_large += int((np.abs((signs * differences).mean(axis=1)) >= observed).sum())
    return (1 + as_large) / (1 + RESAMPLES)
