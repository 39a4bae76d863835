"""Prints a bearer token for one user of the running stack, and nothing else: `make -s token USER_ID=u1`."""

from __future__ import annotations

import argparse
import sys

from services.mybank.contracts.access import AccessSettings, access_tokens

A_DAY = 24 * 3600


def main() -> int:
    parser = argparse.ArgumentParser(prog="make token", description=__doc__)
    parser.add_argument("user_id")
    parser.add_argument("--seconds", type=int, default=A_DAY, help="how long it is valid (%(default)s)")
    arguments = parser.parse_args()
    try:
        print(access_tokens(AccessSettings()).issue(arguments.user_id, arguments.seconds))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
