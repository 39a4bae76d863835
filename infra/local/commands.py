"""The launcher's commands but `up` and `down`, which have their own modules."""

from __future__ import annotations

import os

from infra.local.console import say
from infra.local.discovery import component_names, load_components
from infra.local.errors import StackError
from infra.local.fetch import fetch_all
from infra.local.plan import Plan, make_plan, quote, read_selection
from infra.local.report import print_status
from infra.local.settings import Settings
from infra.local.stack_file import case_names
from infra.local.supervise import Supervisor
from infra.local.up import component_part, locked, service_parts
from infra.local.waiting import wait_healthy

NOT_UP = "Nothing is up: start a case first, for example with 'make up-movieflix'."


def running_plan(settings: Settings) -> tuple[Plan, Supervisor]:
    """The plan of the cases that are up; StackError where there is none."""
    supervisor = Supervisor(settings.paths)
    selection = read_selection(settings.paths)
    if not selection or not supervisor.alive():
        raise StackError(NOT_UP)
    return make_plan(settings, selection), supervisor


def status(settings: Settings) -> bool:
    """Print every process with its health; returns whether all is healthy."""
    return print_status(*running_plan(settings))


def print_env(settings: Settings) -> None:
    """Print the resolved environment, as stack.env has it, of the cases that are up or else of all."""
    selection = read_selection(settings.paths) or dict.fromkeys(case_names(settings.paths.root))
    for name, value in sorted(make_plan(settings, selection).env.items()):
        print(f"{name}={quote(value)}")


def fetch(settings: Settings) -> None:
    """Fetch everything that any component needs, and start nothing."""
    components = load_components(component_names())
    fetch_all([artifact for component in components for artifact in component.artifacts], settings.paths.cache)
    say(f"everything is in {settings.paths.cache}")


def logs(settings: Settings, service: str, follow: bool) -> None:
    """Show the end of a service's log, and what is added while `follow`. Becomes `tail`."""
    folder = settings.paths.logs
    names = matching(service, [path.stem for path in sorted(folder.glob("*.log"))])
    options = ("-n", "100", *(("-F",) if follow else ()))
    os.execvp("tail", ("tail", *options, *(str(folder / f"{name}.log") for name in names)))


def restart(settings: Settings, service: str) -> None:
    """Stop and start the processes of one service or component, and wait until they are healthy."""
    plan, supervisor = running_plan(settings)
    with locked(settings.paths):
        names = matching(service, list(supervisor.states()))
        supervisor.stop(names)
        supervisor.start(names)
        say(f"restarted {', '.join(names)}")
        components = [component_part(plan, component) for component in plan.local]
        parts = service_parts(plan, names) + [part for part in components if set(part.programs) & set(names)]
        wait_healthy(parts, supervisor)


def stop(settings: Settings, service: str) -> None:
    """Stop the processes of one service or component; `restart` starts them again, and so does the next `up`."""
    _, supervisor = running_plan(settings)
    with locked(settings.paths):
        names = matching(service, list(supervisor.states()))
        supervisor.stop(names)
    say(f"stopped {', '.join(names)}")


def matching(service: str, names: list[str]) -> list[str]:
    """The processes that a person means: by full name, without the case, or all instances; StackError where none."""
    if service in names:
        return [service]
    found = [name for name in names if name.endswith(f"-{service}")]
    found = found or [name for name in names if name.rstrip("0123456789") in (f"{service}-",)]
    found = found or [name for name in names if name.rstrip("0123456789").endswith(f"-{service}-")]
    if not found:
        raise StackError(f"There is no {service!r} here (there are: {', '.join(names) or 'none yet'}).")
    return found
