"""A load test in small, for tests that start it as a process (Locust changes the process that imports it).

python -m tests.unit.loadtests.slow_case FOLDER [OPTION ...]: loads the service `slow` of the case `slow` (SLOW_SLOW_PORT), with the
thresholds and the results in FOLDER.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loadtests import report
from loadtests.arrivals import Arrivals
from loadtests.calls import Call
from loadtests.catch_up import CaughtUp
from loadtests.load import LoadTest, main

FINE, MISSING, REFUSED = "GET /fine/{number}", "GET /missing", "POST /refused"
CALLS = (FINE, MISSING, REFUSED)


class Callers(Arrivals):
    case = "slow"

    def calls(self) -> Iterator[Call]:
        number = 0
        while True:
            number += 1
            yield Call("slow", FINE, f"/fine/{number}")
            yield Call("slow", MISSING, "/missing", may_be_missing=True)
            yield Call("slow", REFUSED, "/refused", {"number": number}, trouble=lambda answer: answer.get("refused"))


class NoViews:
    def caught_up(self) -> CaughtUp:
        return CaughtUp(0.0, {})

    def close(self) -> None:
        pass


if __name__ == "__main__":
    folder = Path(sys.argv.pop(1))
    report.RESULTS = folder / "results"
    views: Any = NoViews()
    test = LoadTest("slow", Callers, CALLS, folder / "thresholds.yaml", 30, lambda: None)
    sys.exit(main(test, lambda _: views))
