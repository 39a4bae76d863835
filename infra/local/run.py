"""Runs a case's demo, replay, load test and the like in the environment of the running stack.

python -m infra.local.run replay movieflix --data-dir ~/ml-latest-small
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.local.errors import StackError
from infra.local.plan import read_selection
from infra.local.settings import ENV_FILE, load_settings, read_env_file
from infra.local.stack_file import load_case
from infra.local.supervise import Supervisor

MODULES: Mapping[str, str] = {
    "demo": "infra.walkthrough",
    "replay": "services.{case}.replay",
    "load": "loadtests.{case}.load",
    "bench": "loadtests.{case}.bench",
    "evaluate": "loadtests.{case}.evaluate",
    "measure": "loadtests.{case}.measure",
    "chaos": "tests.chaos.{case}",
    "token": "services.{case}.token",
    "delivery-semantics": "services.{case}.delivery_semantics",
}


OWN_STACK = frozenset({"bench", "chaos", "evaluate"})
"""What breaks a stack, floods it, or needs an empty one: it starts one of its own, and leaves the one that is up alone."""


def main(arguments: list[str]) -> int:
    """Become `python -m <module of the verb> <the rest>` with the variables of stack.env; 1 with a sentence where it cannot."""
    if len(arguments) < 2 or arguments[0] not in MODULES:
        print(f"usage: python -m infra.local.run {{{','.join(MODULES)}}} CASE [ARGUMENT ...]", file=sys.stderr)
        return 2
    verb, case, *rest = arguments
    try:
        command, environment = prepare(verb, case)
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    return os.execve(sys.executable, (sys.executable, *command, *rest), environment)


def prepare(verb: str, case: str) -> tuple[list[str], dict[str, str]]:
    """What to run and in which environment; StackError where the module is missing, or the case is not up where that is needed."""
    # Within another verb (`make token` in a walkthrough) the stack is that one's.
    given = os.environ.get(ENV_FILE)
    settings = load_settings(str(Path(given).parent) if given else None)
    load_case(settings.paths.root, case)
    module = MODULES[verb].format(case=case.replace("-", "_"))
    command = ["-m", module] if "{case}" in MODULES[verb] else ["-m", module, case]
    if not _exists(module):
        raise StackError(f"{case} has no {verb!r} yet: the module {module} does not exist.")
    if verb in OWN_STACK:
        return command, dict(os.environ)
    if case not in read_selection(settings.paths) or not Supervisor(settings.paths).alive():
        raise StackError(f"{case} is not up: start it with 'make up-{case}' and run this again.")
    return command, {**os.environ, **read_env_file(settings.paths.env_file)}


def _exists(module: str) -> bool:
    """Whether `python -m module` has something to run: a module, or a package with a `__main__`."""
    try:
        found = importlib.util.find_spec(module)
        package = found is not None and found.submodule_search_locations is not None
        return found is not None and (not package or importlib.util.find_spec(f"{module}.__main__") is not None)
    except ModuleNotFoundError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
