"""`up`: check, fetch, configure, start and wait, in that order; a second run changes nothing."""

from __future__ import annotations

import dataclasses
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from infra.local.component import Component
from infra.local.console import elapsed, say
from infra.local.errors import StackError
from infra.local.fetch import fetch_all
from infra.local.health import unready
from infra.local.plan import Plan, make_plan, read_selection, service_port, write_env, write_selection
from infra.local.ports import is_free
from infra.local.preflight import check_folders, check_memory, check_ports
from infra.local.processes import sweep
from infra.local.settings import Paths, Settings
from infra.local.supervise import Supervisor
from infra.local.waiting import Part, wait_healthy
from shared.contracts import ContractError, load_contracts

_SERVICE_DEADLINE = 180.0
_EXTERNAL_DEADLINE = 15.0


@dataclass(frozen=True)
class Started:
    """What `up` has running, and how long it fetched before it could start anything (0 on a warm start)."""

    plan: Plan
    fetching_seconds: float


def up(settings: Settings, case: str, services: list[str] | None) -> Started:
    """Have the case running and healthy beside the cases that are up already. StackError says what is in the way.

    What had started before an error goes on running: the next `up` goes on from there.
    """
    make_plan(settings, {case: services})
    check_folders(settings.paths)
    with locked(settings.paths):
        supervisor = Supervisor(settings.paths)
        if not supervisor.alive():
            settings = _start_afresh(settings)
        plan = make_plan(settings, read_selection(settings.paths) | {case: services})
        _check(plan, supervisor)
        began = elapsed()
        fetched = fetch_all([artifact for component in plan.local for artifact in component.artifacts], settings.paths.cache)
        fetching = elapsed() - began if fetched else 0.0
        for component in plan.local:
            component.configure(plan.context)
        write_env(plan)
        changed, removed = supervisor.apply(plan.programs)
        if changed:
            say(f"to be started anew, since what it is started with has changed: {', '.join(changed)}")
        if removed:
            say(f"stopped, since it is not asked for any more: {', '.join(removed)}")
        write_selection(settings.paths, read_selection(settings.paths) | {case: services})
        _start_components(plan, supervisor)
        declare(plan)
        _start_services(plan, supervisor)
    return Started(plan, fetching)


@contextmanager
def locked(paths: Paths) -> Iterator[None]:
    """One launcher at a time changes a stack; another waits."""
    with (paths.stack / "launcher.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("waiting for another launcher that is at work on this stack")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start_afresh(settings: Settings) -> Settings:
    """Stop what a killed supervisord left behind, and forget remembered free ports that others have taken since."""
    for name in sweep(settings.paths.stack):
        say(f"stopped {name}, left over from a run that was cut off")
    free = {k: v for k, v in settings.remembered.items() if not (k.endswith("_PORT") and v.isdigit() and not is_free(int(v)))}
    return dataclasses.replace(settings, remembered=free)


def _check(plan: Plan, supervisor: Supervisor) -> None:
    states = supervisor.states()
    starting = [program for program in plan.programs if not (program.name in states and states[program.name].running)]
    planned = {program.name for program in plan.programs}
    # A service with another number of instances has another name, and the port of the one before.
    check_ports(starting, leaving={state.pid for name, state in states.items() if name not in planned})
    check_memory(bool(starting))


def _start_components(plan: Plan, supervisor: Supervisor) -> None:
    started = supervisor.start(program.name for component in plan.local for program in component.programs(plan.context))
    if started:
        say(f"starting {', '.join(started)}")
    wait_healthy([component_part(plan, component) for component in plan.components], supervisor)


def component_part(plan: Plan, component: Component) -> Part:
    """How to wait for a component."""
    probe = partial(component.probe, plan.env)
    if component not in plan.local:
        return Part(f"{component.name} at {component.where(plan.env)}", probe, _EXTERNAL_DEADLINE)
    programs = tuple(program.name for program in component.programs(plan.context))
    return Part(component.name, probe, component.start_deadline, programs)


def service_parts(plan: Plan, names: list[str] | None = None) -> list[Part]:
    """How to wait for services: for these programs, or for all."""
    return [
        Part(program.name, partial(unready, service_port(program)), _SERVICE_DEADLINE, (program.name,))
        for _, _, program in plan.services
        if names is None or program.name in names
    ]


def declare(plan: Plan) -> None:
    """Have each component create what the contracts of each case need; in the case's own order, whatever other cases are up.

    StackError where one refuses.
    """
    components = {component.name: component for component in plan.components}
    for case in plan.cases:
        if not (case.folder / "contracts" / "topics.yaml").exists():
            continue
        try:
            contracts = load_contracts(case.folder)
        except ContractError as error:
            raise StackError(f"{error}.") from error
        for name in case.infra:
            components[name].declare(plan.env, contracts, say)


def _start_services(plan: Plan, supervisor: Supervisor) -> None:
    started = supervisor.start(program.name for _, _, program in plan.services)
    if started:
        say(f"starting {', '.join(started)}")
    wait_healthy(service_parts(plan), supervisor)
