"""Breaks MyBank while it books and thresholds change, on a stack of its own, and looks for alerts missed, doubled or of a wrong version.

make chaos-mybank [ARGS="--seed 7 --faults 40"]

kill -9, SIGTERM and SIGSTOP (longer than the session timeout) of every service, of both alert processors, of Connect's worker, of a broker
and of the active controller; PostgreSQL killed, restarted and frozen; the connector restarted; Valkey and the registry killed and away
for some seconds, an alert processor until the other has taken over. Exits with 1 where the alerts in the log, in the lists, on the
streams or at the receiver are not those of the recomputation, the replication slot is not what it was, or a part was not back within
its bound.
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path

from tests.chaos.main import Case, main
from tests.chaos.mybank.run import chaos
from tests.chaos.report import Result
from tests.chaos.run import Plan, Say
from tests.chaos.schedule import draw


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rate", type=float, default=80.0, help="transactions a second, all the while (default 80)")
    parser.add_argument("--away", type=float, default=8.0, metavar="SECONDS", help="how long a killed store stays away (default 8)")


def _environment(_: argparse.Namespace) -> dict[str, str]:
    return {"MYBANK_ALERT_PROCESSOR_INSTANCES": "2", "MYBANK_WEBHOOK_HOSTS": "127.0.0.1"}


def _run(options: argparse.Namespace, stack_dir: Path, say: Say) -> Result:
    plan = Plan(
        seed=options.seed,
        rate=options.rate,
        away_seconds=options.away,
        variant="two-processors",
        choose=partial(draw, count=options.faults),
    )
    return chaos(plan, stack_dir, say)


if __name__ == "__main__":
    sys.exit(main(Case("mybank", __doc__, _add_options, 26, _environment, _run)))
