"""How much does MovieFlix bear? make load-movieflix [ARGS="--rate 150 | --step 100 --up-to 1500 | --web | --help"]"""

from __future__ import annotations

import sys
from pathlib import Path

from loadtests.load import LoadTest, main
from loadtests.movieflix.locustfile import Viewers, catalogue
from loadtests.movieflix.sittings import CALLS

TEST = LoadTest(
    case="movieflix",
    users=Viewers,
    calls=CALLS,
    thresholds=Path(__file__).with_name("thresholds.yaml"),
    default_rate=150,
    prepare=catalogue,
)

if __name__ == "__main__":
    sys.exit(main(TEST))
