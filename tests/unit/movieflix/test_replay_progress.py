"""How far a replay is, in words."""

from __future__ import annotations

from services.movieflix.replay.progress import rate_and_rest


def test_rate_and_rest_are_told_in_words() -> None:
    assert rate_and_rest(500, 2000, 1750, 10) == "500 of 2,000 ratings (25 %), 1,750 events, 175 events/s, 30 s left"
    assert rate_and_rest(0, 2000, 0, 0) == "0 of 2,000 ratings (0 %), 0 events, 0 events/s, no rate yet"
