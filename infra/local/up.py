"""`up`: check, fetch, configure, start and wait, in that order; a second run changes nothing."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from infra.local.component import Component
from infra.local.console import say
from infra.local.errors import StackError
from infra.local.fetch import fetch_all
from infra.local.health import unready
from infra.local.plan import Plan, make_plan, read_selection, service_port, write_env, write_selection
from infra.local.preflight import check_folders, check_memory, check_ports
from infra.local.processes import sweep
from infra.local.settings import Paths, Settings
from infra.local.supervise import Supervisor
from infra.local.waiting import Part, wait_healthy
from shared.contracts import ContractError, load_contracts

_SERVICE_DEADLINE = 90.0
_EXTERNAL_DEADLINE = 15.0


def up(settings: Settings, case: str, services: list[str] | None) -> Plan:
    """Have the case running and healthy beside the cases that are up already. StackError says what is in the way."""
    selection = read_selection(settings.paths) | {case: services}
    plan = make_plan(settings, selection)
    check_folders(settings.paths)
    with locked(settings.paths):
        supervisor = Supervisor(settings.paths)
        _check(plan, supervisor)
        fetch_all([c.artifact for c in plan.local if c.artifact], settings.paths.cache)
        for component in plan.local:
            component.configure(plan.context)
        write_selection(settings.paths, selection)
        write_env(plan)
        supervisor.apply(plan.programs)
        _start_components(plan, supervisor)
        _declare(plan)
        _start_services(plan, supervisor)
    return plan


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


def _check(plan: Plan, supervisor: Supervisor) -> None:
    if not supervisor.alive():
        for name in sweep(plan.settings.paths.stack):
            say(f"stopped {name}, left over from a run that was cut off")
    states = supervisor.states()
    starting = [program for program in plan.programs if not (program.name in states and states[program.name].running)]
    check_ports(starting)
    check_memory(bool(starting))


def _start_components(plan: Plan, supervisor: Supervisor) -> None:
    started = supervisor.start(program.name for component in plan.local for program in component.programs(plan.context))
    if started:
        say(f"starting {', '.join(started)}")
    parts = [_part(plan, component) for component in plan.components]
    wait_healthy(parts, supervisor.states, supervisor.log)


def _part(plan: Plan, component: Component) -> Part:
    probe = partial(component.probe, plan.env)
    if component not in plan.local:
        return Part(f"{component.name} at {plan.env[component.address]}", probe, _EXTERNAL_DEADLINE)
    programs = tuple(program.name for program in component.programs(plan.context))
    return Part(component.name, probe, component.start_deadline, programs)


def _declare(plan: Plan) -> None:
    for case in plan.cases:
        folder: Path = case.folder
        if not (folder / "contracts" / "topics.yaml").exists():
            continue
        try:
            contracts = load_contracts(folder)
        except ContractError as error:
            raise StackError(f"{error}.") from error
        for component in plan.components:
            if component.name in case.infra:
                component.declare(plan.env, contracts, say)


def _start_services(plan: Plan, supervisor: Supervisor) -> None:
    started = supervisor.start(program.name for _, _, program in plan.services)
    if started:
        say(f"starting {', '.join(started)}")
    parts = [
        Part(program.name, partial(unready, service_port(program)), _SERVICE_DEADLINE, (program.name,))
        for _, _, program in plan.services
    ]
    wait_healthy(parts, supervisor.states, supervisor.log)
