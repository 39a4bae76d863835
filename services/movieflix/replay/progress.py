"""How far a replay is, in words."""

from __future__ import annotations


def rate_and_rest(done: int, total: int, events: int, seconds: float) -> str:
    """`12,000 of 86,220 ratings (14 %), 42,013 events, 24,100 events/s, 9 s left`."""
    rest = f"{(total - done) / done * seconds:,.0f} s left" if done else "no rate yet"
    rate = events / seconds if seconds else 0.0
    return f"{done:,} of {total:,} ratings ({100 * done // max(1, total)} %), {events:,} events, {rate:,.0f} events/s, {rest}"
