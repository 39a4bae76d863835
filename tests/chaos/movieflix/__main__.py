"""Breaks MovieFlix while events flow, on a stack of its own, and looks for losses, doubles and views that are wrong.

make chaos-movieflix [ARGS="--seed 7 --store memory"]

kill -9, SIGTERM and SIGSTOP (longer than the session timeout) of every service, of both recommenders, of a broker and of the active
controller; Elasticsearch and Valkey killed and away for a minute; a recommender killed and away until the other has taken over. Exits
with 1 where anything acknowledged was lost, counted twice or is shown wrongly, or a part was not back within its bound.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from tests.chaos.main import Case, main
from tests.chaos.movieflix.run import chaos
from tests.chaos.report import Result
from tests.chaos.run import FlowPlan, Say
from tests.chaos.schedule import draw


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=int, default=120_000)
    parser.add_argument(
        "--rate", type=float, default=250.0, help="events a second while things break (default 250); the rest at once, after"
    )
    parser.add_argument("--away", type=float, default=60.0, metavar="SECONDS", help="how long a killed store stays away (default 60)")
    parser.add_argument("--store", choices=("memory", "rocksdb"), default="rocksdb", help="where the recommenders keep their tables")


def _environment(options: argparse.Namespace) -> dict[str, str]:
    return {"MOVIEFLIX_RECOMMENDER_INSTANCES": "2", "MOVIEFLIX_RECOMMENDER_STORE": f"{options.store}://"}


def _run(options: argparse.Namespace, stack_dir: Path, say: Say) -> Result:
    plan = FlowPlan(
        seed=options.seed,
        events=options.events,
        rate=options.rate,
        variant=options.store,
        away_seconds=options.away,
        choose=partial(draw, count=options.faults),
    )
    return chaos(plan, stack_dir, say)


if __name__ == "__main__":
    sys.exit(main(Case("movieflix", __doc__, _add_options, None, _environment, _run)))
