"""What is each stage of MyBank able to do, alone and in the chain? Ratios of one run; CPU for an event beside the rate.

make bench-mybank [ARGS="--only alerts,chain --rounds 3 --scale 0.5"]

Starts servers of its own, so it disturbs no stack that is up, but for the machine that they share.
"""

from __future__ import annotations

import sys

from loadtests.bench.main import main
from loadtests.mybank.benchmarks.apis import alerts_list, settings
from loadtests.mybank.benchmarks.stages import alerts, chain, commits

BENCHMARKS = {"commits": commits, "alerts": alerts, "chain": chain, "settings": settings, "alerts-list": alerts_list}

if __name__ == "__main__":
    sys.exit(main("mybank", BENCHMARKS, __doc__ or ""))
