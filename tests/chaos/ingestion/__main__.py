"""Breaks the ingestion while events come in, on a stack of its own, and looks for what a layer has lost, doubled, made up or changed.

make chaos-ingestion [ARGS="--seed 7 --faults 40"]

kill -9, SIGTERM, SIGSTOP (longer than the session timeout), a restart, or killed and away for a minute: every service, Elasticsearch, S3,
HDFS's NameNode and DataNodes, every broker, the active controller, the registry and Connect; each store and a broker away in every run.
Exits with 1 where Elasticsearch, a table on S3 or HDFS or the important events are not those of the ledger, where query-api counts
otherwise, or a part was not back within its bound.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from tests.chaos.ingestion.run import chaos
from tests.chaos.ingestion.targets import ALWAYS
from tests.chaos.main import Case, main
from tests.chaos.report import Result
from tests.chaos.run import FlowPlan, Say
from tests.chaos.schedule import draw_with

FAULTS = 24


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--events", type=int, default=120_000)
    parser.add_argument(
        "--rate", type=float, default=150.0, help="events a second while things break (default 150); the rest at once, after"
    )
    parser.add_argument("--away", type=float, default=60.0, metavar="SECONDS", help="how long what is away stays away (default 60)")


def _environment(_: argparse.Namespace) -> dict[str, str]:
    """Small files are joined all the while: faults are to meet that too."""
    return {"INGESTION_LAKE_KEEPER_EVERY_SECONDS": "5"}


def _run(options: argparse.Namespace, stack_dir: Path, say: Say) -> Result:
    plan = FlowPlan(
        seed=options.seed,
        events=options.events,
        rate=options.rate,
        away_seconds=options.away,
        variant="layers",
        choose=partial(draw_with, ALWAYS, count=options.faults),
    )
    return chaos(plan, stack_dir, say)


if __name__ == "__main__":
    sys.exit(main(Case("ingestion", __doc__, _add_options, FAULTS, _environment, _run)))
