"""What a tap shows of what it reads."""

from __future__ import annotations

from itertools import pairwise

from shared.consumer.tap_reader import Sampler


def test_samples_are_even_and_at_most_200_in_any_second() -> None:
    sampler = Sampler()
    shown = [sampler.choose(list(range(1000)), 0.05) for _ in range(60)]
    assert all(sum(len(tick) for tick in shown[start : start + 20]) <= 200 for start in range(40))
    last = shown[-1]
    gaps = {later - earlier for earlier, later in pairwise(last)}
    assert max(gaps) - min(gaps) <= 1
