"""Breaks MovieFlix while events flow, on a stack of its own, and looks for losses, doubles and views that are wrong.

make chaos-movieflix [ARGS="--seed 7 --store memory"]

kill -9, SIGTERM and SIGSTOP (longer than the session timeout) of every service, of both recommenders, of a broker and of the active
controller; Elasticsearch and Valkey killed and away for a minute; a recommender killed and away until the other has taken over. Exits
with 1 where anything acknowledged was lost, counted twice or is shown wrongly, or a part was not back within its bound.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
from functools import partial

from infra.local.settings import read_env_file
from tests.chaos.movieflix.run import Plan, chaos
from tests.chaos.report import Result, table, write
from tests.chaos.schedule import draw
from tests.stack import ROOT, OwnStack

RESULTS = ROOT / "results" / "movieflix" / "chaos"
START_SECONDS = 900.0
"""The first start on a machine fetches some 400 MB."""


def main() -> int:
    options = _options()
    # As Ctrl-C: the stack is stopped on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stack = OwnStack("movieflix", {"MOVIEFLIX_RECOMMENDER_INSTANCES": "2", "MOVIEFLIX_RECOMMENDER_STORE": f"{options.store}://"})
    try:
        result = _run(options, stack)
    except KeyboardInterrupt:
        print("\nInterrupted: the stack of this run is stopped.", file=sys.stderr)
        return 130
    finally:
        # From here on only kill -9 is heard: a stack that is left half stopped is worse than some seconds more.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        stack.remove(keep_logs=ROOT / "results" / "movieflix" / "chaos" / "logs")
    if result is None:
        return 1
    print(table(result))
    print(f"written to {write(result, RESULTS)}")
    return 0 if result.kept else 1


def _run(options: argparse.Namespace, stack: OwnStack) -> Result | None:
    print(
        f"seed {options.seed}: the same seed draws the same events and faults. A stack of its own starts; yours is not touched.", flush=True
    )
    stack.start()
    if trouble := stack.ready(START_SECONDS):
        print(f"the stack did not start:\n{trouble}", file=sys.stderr)
        return None
    os.environ |= read_env_file(stack.env_file)
    plan = Plan(
        seed=options.seed,
        run=f"{options.seed}",
        events=options.events,
        rate=options.rate,
        variant=options.store,
        store_away_seconds=options.away,
        choose=partial(draw, count=options.faults),
    )
    return chaos(plan, stack.env_file.parent, partial(print, flush=True))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos-movieflix", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="default: another each time")
    parser.add_argument("--events", type=int, default=120_000)
    parser.add_argument(
        "--rate", type=float, default=250.0, help="events a second while things break (default 250); the rest at once, after"
    )
    parser.add_argument("--faults", type=int, default=None, help="how many; default: every kind of every part")
    parser.add_argument("--away", type=float, default=60.0, metavar="SECONDS", help="how long a killed store stays away (default 60)")
    parser.add_argument("--store", choices=("memory", "rocksdb"), default="rocksdb", help="where the recommenders keep their tables")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
