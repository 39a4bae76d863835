"""When the events of an open load are due, in seconds from its start; whatever became of those before."""

from __future__ import annotations

import math
from collections.abc import Iterator


def rising(rate: float, seconds: float) -> Iterator[float]:
    """For a warm-up: the rate rises evenly from nothing to `rate`.

    A stack that was just started takes a fraction of what it takes warm; the full rate at once would only build up a queue.
    """
    return (math.sqrt(2 * number * seconds / rate) for number in range(int(rate * seconds / 2)))


def even(rate: float, seconds: float) -> Iterator[float]:
    return (number / rate for number in range(int(rate * seconds)))
