"""Runs a case's demo, replay, load test and the like in the environment of the running stack.

python -m infra.local.run replay movieflix --data-dir ~/ml-latest-small
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from infra.local.commands import NOT_UP
from infra.local.errors import StackError
from infra.local.plan import read_selection
from infra.local.settings import ENV_FILE, Settings, load_settings, read_env_file
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

STACK_MODULES: Mapping[str, str] = {
    "offsets-describe": "infra.kafka.offsets_describe",
    "offsets-reset": "infra.kafka.offsets_reset",
    "measure-partitions": "infra.kafka.measure_partitions",
}
"""What is of no case: it runs on whatever is up, and every argument is its own."""

OWN_STACK = frozenset({"bench", "chaos", "evaluate"})
"""What breaks a stack, floods it, or needs an empty one: it starts one of its own, and leaves the one that is up alone."""


def main(arguments: list[str]) -> int:
    """Become `python -m <module of the verb> <the rest>` with the variables of stack.env; 1 with a sentence where it cannot."""
    of_the_stack = bool(arguments) and arguments[0] in STACK_MODULES
    if not of_the_stack and (len(arguments) < 2 or arguments[0] not in MODULES):
        print(f"usage: python -m infra.local.run {{{','.join(MODULES)}}} CASE [ARGUMENT ...]", file=sys.stderr)
        print(f"       python -m infra.local.run {{{','.join(STACK_MODULES)}}} [ARGUMENT ...]", file=sys.stderr)
        return 2
    verb, *rest = arguments
    try:
        command, environment = prepare_for_stack(verb) if of_the_stack else prepare(verb, rest.pop(0))
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    return os.execve(sys.executable, (sys.executable, *command, *rest), environment)


def prepare(verb: str, case: str) -> tuple[list[str], dict[str, str]]:
    """What to run and in which environment; StackError where the module is missing, or the case is not up where that is needed."""
    settings = _settings()
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


def prepare_for_stack(verb: str) -> tuple[list[str], dict[str, str]]:
    """As `prepare`, of what is of no case; StackError where nothing is up."""
    settings = _settings()
    if not read_selection(settings.paths) or not Supervisor(settings.paths).alive():
        raise StackError(NOT_UP)
    return ["-m", STACK_MODULES[verb]], {**os.environ, **read_env_file(settings.paths.env_file)}


def _settings() -> Settings:
    # Within another verb (`make token` in a walkthrough) the stack is that one's.
    given = os.environ.get(ENV_FILE)
    return load_settings(str(Path(given).parent) if given else None)


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
