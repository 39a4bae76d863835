"""What `make chaos-<case>` does for every case: its options, a stack of its own, one run, the table, an exit code."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from infra.local.settings import read_env_file
from tests.chaos.report import Result, table, write
from tests.chaos.run import Say, any_seed
from tests.stack import ROOT, OwnStack

START_SECONDS = 900.0
"""The first start on a machine fetches some 400 MB."""


@dataclass(frozen=True)
class Case:
    """What is a case's own."""

    name: str
    about: str
    add_options: Callable[[argparse.ArgumentParser], None]
    """Beside --seed and --faults."""
    faults: int | None
    """How many by default; None: every kind of every part."""
    environment: Callable[[argparse.Namespace], dict[str, str]]
    """Of its stack."""
    run: Callable[[argparse.Namespace, Path, Say], Result]
    """On the stack in this folder, whose environment is in os.environ."""


def main(case: Case) -> int:
    """The exit code: 0 where every promise was kept."""
    options = _options(case)
    results = ROOT / "results" / case.name / "chaos"
    # As Ctrl-C: the stack is stopped on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stack = OwnStack(case.name, case.environment(options))
    try:
        result = _run(case, options, stack)
    except KeyboardInterrupt:
        print("\nInterrupted: the stack of this run is stopped.", file=sys.stderr)
        return 130
    finally:
        # From here on only kill -9 is heard: a stack that is left half stopped is worse than some seconds more.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        stack.remove(keep_logs=results / "logs")
    if result is None:
        return 1
    print(table(result))
    print(f"written to {write(result, results)}")
    return 0 if result.kept else 1


def _run(case: Case, options: argparse.Namespace, stack: OwnStack) -> Result | None:
    print(f"seed {options.seed}: the same seed draws the same faults. A stack of its own starts; yours is not touched.", flush=True)
    stack.start()
    if trouble := stack.ready(START_SECONDS):
        print(f"the stack did not start:\n{trouble}", file=sys.stderr)
        return None
    os.environ |= read_env_file(stack.env_file)
    return case.run(options, stack.env_file.parent, partial(print, flush=True))


def _options(case: Case) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"make chaos-{case.name}", description=case.about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=any_seed(), help="default: another each time")
    usual = "every kind of every part" if case.faults is None else f"{case.faults}, each kind among them"
    parser.add_argument("--faults", type=int, default=case.faults, help=f"how many; default: {usual}")
    case.add_options(parser)
    return parser.parse_args()
