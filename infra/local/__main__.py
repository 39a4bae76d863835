"""The launcher: the servers and services of a case as supervised processes of this machine, without Docker."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from infra.local import commands
from infra.local.console import elapsed
from infra.local.down import clean, down
from infra.local.errors import StackError
from infra.local.report import print_summary
from infra.local.settings import load_settings
from infra.local.up import up


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when it did what it says, 1 with a sentence on standard error when not."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; 'make down' stops what had started.", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace) -> int:
    settings = load_settings(options.stack_dir, free_ports=options.free_ports)
    match options.command:
        case "up":
            started = up(settings, options.case, _services(options.services))
            print_summary(started.plan, elapsed(), started.fetching_seconds)
        case "down":
            down(settings.paths)
        case "clean":
            clean(settings.paths)
        case "status":
            return 0 if commands.status(settings) else 1
        case "logs":
            commands.logs(settings, options.service, not options.no_follow)
        case "restart":
            commands.restart(settings, options.service)
        case "stop":
            commands.stop(settings, options.service)
        case "env":
            commands.print_env(settings)
        case "fetch":
            commands.fetch(settings)
    return 0


def _services(option: str | None) -> list[str] | None:
    if option is None:
        return None
    return [] if option == "none" else [name.strip() for name in option.split(",") if name.strip()]


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--stack-dir", help="the folder for data, logs and sockets (default: STACK_DIR, or the system's)")
    shared.add_argument("--free-ports", action="store_true", help="choose every port free, and remember them in stack.env")
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    verbs = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[shared])

    start = verb("up", "start a case, or find it running, and print its URLs")
    start.add_argument("case")
    start.add_argument("--services", metavar="NAME,..|none", help="only these services of the case; none: only its servers")
    verb("down", "stop everything; data stays")
    verb("clean", "stop everything and remove its data; what was fetched stays")
    verb("status", "every process: state, health, memory, and the lag of consumers")
    show = verb("logs", "show and follow the log of a service")
    show.add_argument("service")
    show.add_argument("--no-follow", action="store_true")
    verb("restart", "restart a service and wait until it is ready").add_argument("service")
    verb("stop", "stop a service; 'restart' starts it again").add_argument("service")
    verb("env", "print the resolved environment")
    verb("fetch", "fetch everything and start nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
