"""What is each stage of ingestion able to do, alone and in the chain? Ratios of one run; CPU for an event beside the rate.

make bench-ingestion [ARGS="--only sink,ingest --rounds 3 --scale 0.5"]

Starts servers of its own, so it disturbs no stack that is up, but for the machine that they share.
"""

from __future__ import annotations

import sys

from loadtests.bench.main import main
from loadtests.ingestion.benchmarks.apis import ingest
from loadtests.ingestion.benchmarks.layers import lake_hdfs, lake_s3, sink

BENCHMARKS = {"sink": sink, "lake-s3": lake_s3, "lake-hdfs": lake_hdfs, "ingest": ingest}

if __name__ == "__main__":
    sys.exit(main("ingestion", BENCHMARKS, __doc__ or ""))
