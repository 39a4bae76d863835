"""How much does ingestion bear? make load-ingestion [ARGS="--rate 100 | --step 100 --up-to 1500 | --web | --help"]"""

from __future__ import annotations

import sys
from pathlib import Path

from loadtests.ingestion.locustfile import CALLS, Sources
from loadtests.load import LoadTest, main, require_ready

TEST = LoadTest(
    case="ingestion",
    users=Sources,
    calls=CALLS,
    thresholds=Path(__file__).with_name("thresholds.yaml"),
    default_rate=40,
    prepare=lambda: require_ready("ingestion", ("ingest-api", "query-api")),
)

if __name__ == "__main__":
    sys.exit(main(TEST))
