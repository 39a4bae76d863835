"""How much does MyBank bear? make load-mybank [ARGS="--rate 100 | --step 100 --up-to 1500 | --web | --help"]"""

from __future__ import annotations

import sys
from pathlib import Path

from loadtests.load import LoadTest, main
from loadtests.mybank.locustfile import Customers, open_the_bank
from loadtests.mybank.visits import CALLS

TEST = LoadTest(
    case="mybank",
    users=Customers,
    calls=CALLS,
    thresholds=Path(__file__).with_name("thresholds.yaml"),
    default_rate=100,
    prepare=open_the_bank,
)

if __name__ == "__main__":
    sys.exit(main(TEST))
