"""What is each stage of MovieFlix able to do, alone and in the chain? Ratios of one run; CPU for an event beside the rate.

make bench-movieflix [ARGS="--only projection,sink --rounds 3 --scale 0.5"]

Starts servers of its own, so it disturbs no stack that is up, but for the machine that they share.
"""

from __future__ import annotations

import sys

from loadtests.bench.counting.comparison import counting
from loadtests.bench.main import main
from loadtests.movieflix.benchmarks.apis import playback, playback_batches, resume
from loadtests.movieflix.benchmarks.recommending import recommender
from loadtests.movieflix.benchmarks.views import projection, sink

BENCHMARKS = {
    "counting": counting,
    "projection": projection,
    "sink": sink,
    "playback": playback,
    "playback-batches": playback_batches,
    "resume": resume,
    "recommender": recommender,
}

if __name__ == "__main__":
    sys.exit(main("movieflix", BENCHMARKS, __doc__ or ""))
