"""What is to run: components, services, their ports and the environment of a stack, from the cases that are up."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.local.component import Component, Context, Port, Program
from infra.local.discovery import load_components
from infra.local.errors import StackError
from infra.local.jdk import find_jdk
from infra.local.ports import PortSpec, resolve_ports
from infra.local.settings import ENV_FILE, FREE_PORTS, Paths, Settings
from infra.local.stack_file import Case, Service, case_names, load_case

SERVICE_TIER = 100
MOST_INSTANCES = 12
"""No topic has so many partitions that more would find work."""
Selection = dict[str, list[str] | None]
"""The cases that are up, each with the services that were asked for; None is all of them."""


@dataclass(frozen=True)
class Plan:
    """Everything that `up` starts, resolved."""

    settings: Settings
    context: Context
    cases: tuple[Case, ...]
    components: tuple[Component, ...]
    env: Mapping[str, str]
    services: tuple[tuple[Service, int, Program], ...]
    """Each instance: its service, its number, its program."""

    @property
    def local(self) -> list[Component]:
        """The components that the launcher runs."""
        return [component for component in self.components if not component.external(self.settings)]

    @property
    def programs(self) -> list[Program]:
        infra = [program for component in self.local for program in component.programs(self.context)]
        return infra + [program for _, _, program in self.services]


def read_selection(paths: Paths) -> Selection:
    """The cases that were up when this stack was last started; empty after `down`."""
    path = paths.stack / "cases.json"
    try:
        selection: Selection = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    return selection


def write_selection(paths: Paths, selection: Selection) -> None:
    (paths.stack / "cases.json").write_text(json.dumps(selection))


def make_plan(settings: Settings, selection: Selection) -> Plan:
    """Resolve cases, components, ports and environment. Starts and writes nothing; StackError where something is missing."""
    cases = tuple(_scaled(load_case(settings.paths.root, name), settings) for name in sorted(selection))
    components = tuple(load_components(name for case in cases for name in case.infra))
    local = [component for component in components if not component.external(settings)]
    specs = [spec for component in local for spec in component.ports(settings)]
    specs += [PortSpec(s.port_variable, s.port, s.port_offsets) for case in cases for s in case.services]
    java = find_jdk(settings.user) if any(component.needs_java for component in local) else None
    context = Context(settings, resolve_ports(settings, specs), java)
    env = _environment(settings, context, components, local)
    env |= {s.instances_variable: text for case in cases for s in case.services if (text := _instances_set(s, settings))}
    services = tuple(
        (service, instance, _service_program(context, _own(env, case, context, components), service, instance))
        for case in cases
        for service in _selected(case, selection[case.name])
        for instance in range(service.instances)
    )
    return Plan(settings, context, cases, components, env, services)


def _scaled(case: Case, settings: Settings) -> Case:
    """The case with as many instances of each service as the user has set, or as this stack was last started with."""
    return dataclasses.replace(case, services=tuple(_scaled_service(service, settings) for service in case.services))


def _scaled_service(service: Service, settings: Settings) -> Service:
    text = _instances_set(service, settings)
    if not text:
        return service
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= MOST_INSTANCES:
        raise StackError(f"{service.instances_variable}={text} cannot be used: set it to a number from 1 to {MOST_INSTANCES}.")
    return dataclasses.replace(service, instances=int(text))


def _instances_set(service: Service, settings: Settings) -> str:
    return settings.user.get(service.instances_variable) or settings.remembered.get(service.instances_variable) or ""


def _selected(case: Case, names: list[str] | None) -> Iterable[Service]:
    known = {service.name: service for service in case.services}
    for name in names or ():
        if name not in known:
            raise StackError(f"{case.name} has no service {name!r} (there are: {', '.join(known) or 'none'}).")
    return case.services if names is None else [known[name] for name in names]


def _environment(settings: Settings, context: Context, components: Iterable[Component], local: list[Component]) -> dict[str, str]:
    prefixes = tuple(_prefix(name) for name in case_names(settings.paths.root))
    env = {name: value for name, value in settings.user.items() if name.startswith((*prefixes, "LOG_"))}
    for component in components:
        if component in local:
            env |= component.environment(context)
        else:
            env |= {name: settings.user[name] for name in component.client_variables() if settings.user.get(name)}
    env |= {variable: str(port) for variable, port in context.ports.items()}
    env["STACK_DIR"] = str(settings.paths.stack)
    env["CACHE_DIR"] = str(settings.paths.cache)
    env[ENV_FILE] = str(settings.paths.env_file)
    if settings.free_ports:
        env[FREE_PORTS] = "1"
    return env


def _own(env: Mapping[str, str], case: Case, context: Context, components: Iterable[Component]) -> dict[str, str]:
    """Without what is another case's: its variables, and the servers that only it needs. A case that joins must not restart the others."""
    others = tuple(_prefix(name) for name in case_names(context.settings.paths.root) if name != case.name)
    needed = set(load_components(case.infra))
    servers = {name for component in components if component not in needed for name in _variables(component, context)}
    return {name: value for name, value in env.items() if name not in servers and not (others and name.startswith(others))}


def _variables(component: Component, context: Context) -> Iterable[str]:
    if component.external(context.settings):
        return component.client_variables()
    return (*component.environment(context), *(spec.variable for spec in component.ports(context.settings)))


def _prefix(case: str) -> str:
    return case.replace("-", "_").upper() + "_"


def _service_program(context: Context, env: Mapping[str, str], service: Service, instance: int) -> Program:
    root = context.settings.paths.root
    port = context.ports[service.port_variable] + service.port_offsets[instance]
    suffix = f"-{instance}" if service.instances > 1 else ""
    return Program(
        name=f"{service.case}-{service.name}{suffix}",
        command=(sys.executable, "-m", service.module),
        directory=root,
        environment={
            **env,
            **service.environment,
            "PYTHONPATH": str(root),
            "PYTHONUNBUFFERED": "1",
            "SERVICE_NAME": service.name,
            "SERVICE_INSTANCE": str(instance),
            "SERVICE_PORT": str(port),
        },
        ports=(Port(port, service.port_variable),),
        tier=SERVICE_TIER,
        nice=service.nice,
    )


def service_port(program: Program) -> int:
    """Where a service's program answers."""
    return program.ports[0].number


def write_env(plan: Plan) -> Path:
    """Write stack.env for everything that uses the stack; it may hold credentials, so for the owner only."""
    path = plan.settings.paths.env_file
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={quote(value)}\n" for name, value in sorted(plan.env.items())))
    return path


def quote(value: str) -> str:
    """A value as a shell and python-dotenv both read it."""
    if value and all(character.isalnum() or character in "_-./:,@+=" for character in value):
        return value
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
