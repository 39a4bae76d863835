"""The launcher: the servers and services of a case as processes of this machine, without Docker."""

from __future__ import annotations

import argparse
import sys

from infra.local.errors import StackError
from infra.local.settings import load_settings
from infra.local.up import up


def main() -> int:
    parser = argparse.ArgumentParser(prog="infra.local", description=__doc__)
    parser.add_argument("command")
    parser.add_argument("case")
    parser.add_argument("--stack-dir")
    parser.add_argument("--services")
    parser.add_argument("--free-ports", action="store_true")
    options = parser.parse_args()
    try:
        services = None if options.services is None else [s for s in options.services.split(",") if s != "none"]
        plan = up(load_settings(options.stack_dir, free_ports=options.free_ports), options.case, services)
        print(plan.settings.paths.env_file)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
