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
import os
import random
import signal
import sys
from functools import partial

from infra.local.settings import read_env_file
from tests.chaos.mybank.run import Plan, chaos
from tests.chaos.report import Result, table, write
from tests.chaos.schedule import draw
from tests.stack import ROOT, OwnStack

RESULTS = ROOT / "results" / "mybank" / "chaos"
START_SECONDS = 900.0
"""The first start on a machine fetches some 400 MB."""


def main() -> int:
    options = _options()
    # As Ctrl-C: the stack is stopped on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stack = OwnStack("mybank", {"MYBANK_ALERT_PROCESSOR_INSTANCES": "2", "MYBANK_WEBHOOK_HOSTS": "127.0.0.1"})
    try:
        result = _run(options, stack)
    except KeyboardInterrupt:
        print("\nInterrupted: the stack of this run is stopped.", file=sys.stderr)
        return 130
    finally:
        # From here on only kill -9 is heard: a stack that is left half stopped is worse than some seconds more.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        stack.remove(keep_logs=RESULTS / "logs")
    if result is None:
        return 1
    print(table(result))
    print(f"written to {write(result, RESULTS)}")
    return 0 if result.kept else 1


def _run(options: argparse.Namespace, stack: OwnStack) -> Result | None:
    print(f"seed {options.seed}: the same seed draws the same faults. A stack of its own starts; yours is not touched.", flush=True)
    stack.start()
    if trouble := stack.ready(START_SECONDS):
        print(f"the stack did not start:\n{trouble}", file=sys.stderr)
        return None
    os.environ |= read_env_file(stack.env_file)
    plan = Plan(
        seed=options.seed,
        run=f"{options.seed}",
        rate=options.rate,
        store_away_seconds=options.away,
        choose=partial(draw, count=options.faults),
    )
    return chaos(plan, stack.env_file.parent, partial(print, flush=True))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos-mybank", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), help="default: another each time")
    parser.add_argument("--rate", type=float, default=80.0, help="transactions a second, all the while (default 80)")
    parser.add_argument("--faults", type=int, default=26, help="how many (default 26, each kind among them)")
    parser.add_argument("--away", type=float, default=8.0, metavar="SECONDS", help="how long a killed store stays away (default 8)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
