"""What `up` prints at its end and `status` at any time."""

from __future__ import annotations

import time
from collections.abc import Sequence

from infra.local.component import Component
from infra.local.plan import Plan, service_port
from infra.local.processes import marked_processes, memory_bytes
from infra.local.supervise import ProcessState, Supervisor
from infra.local.up import component_part, service_parts

_LIMIT_SECONDS = 60.0
_LIMIT_BYTES = 4 * 1024**3


def print_summary(plan: Plan, seconds: float, fetching: float) -> None:
    """URLs, pages first, then what the start cost."""
    rows = [
        (service.name, f"http://127.0.0.1:{service_port(program)}/" + ("" if service.page else "docs"))
        for service, _, program in sorted(plan.services, key=lambda entry: not entry[0].page)
        if service.page or service.name.endswith("-api")
    ]
    rows += [(component.name, component.where(plan.env)) for component in plan.components]
    print_table(("", ""), rows)
    memory = memory_bytes([process.pid for process in marked_processes(plan.settings.paths.stack)])
    print(
        f"\nUp in {seconds:.0f} s{_fetched(fetching)}{_over(seconds - fetching > _LIMIT_SECONDS, '60 s')}, "
        f"{memory / 1024**3:.1f} GB of memory (PSS){_over(memory > _LIMIT_BYTES, '4 GB')}. "
        f"Environment: {plan.settings.paths.env_file}"
    )


def _fetched(seconds: float) -> str:
    return f" ({seconds:.0f} s of them to fetch what is now in the cache)" if seconds else ""


def _over(exceeded: bool, limit: str) -> str:
    return f" (more than the {limit} it is meant to take)" if exceeded else ""


def print_status(plan: Plan, supervisor: Supervisor) -> bool:
    """A table of every process and what else components report; returns whether all is healthy."""
    states, exits = supervisor.states(), supervisor.unexpected_exits()
    health: dict[str, str | None] = {part.name: part.probe() for part in service_parts(plan)}
    for component in plan.components:
        reason = component_part(plan, component).probe()
        names = [p.name for p in component.programs(plan.context)] if component in plan.local else [component.name]
        health = {**dict.fromkeys(names, reason), **health}
    elsewhere = {component.name for component in plan.components if component not in plan.local}
    rows = [
        (name, "elsewhere", "", "", "", "", health[name] or "ready")
        if name in elsewhere
        else _row(name, states.get(name), health[name], exits.get(name, 0))
        for name in health
    ]
    print_table(("process", "state", "pid", "up", "memory", "restarts", "health"), rows)
    serving = [component for component in plan.components if health.get(_first_name(plan, component)) is None]
    for component in serving:
        for line in component.report(plan.env):
            print(line)
    troubles = [line for component in serving for line in component.troubles(plan.env)]
    for line in troubles:
        print(f"TROUBLE  {line}")
    return not troubles and all(reason is None for reason in health.values())


def _first_name(plan: Plan, component: Component) -> str:
    return component.programs(plan.context)[0].name if component in plan.local else component.name


def _row(name: str, state: ProcessState | None, reason: str | None, exits: int) -> tuple[str, ...]:
    health = "ready" if reason is None else reason
    if state is None:
        return (name, "not started", "", "", "", "", health)
    if not state.running:
        return (name, state.state.lower(), "", "", "", str(exits), state.detail)
    memory = f"{memory_bytes([state.pid]) / 1024**2:.0f} MB"
    return (
        name,
        state.state.lower(),
        str(state.pid),
        _duration(time.time() - state.started),
        memory,
        str(exits),
        health,
    )


def _duration(seconds: float) -> str:
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{seconds:.0f} s"


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their longest cell; no header line where all titles are empty."""
    lines = ([header] if any(header) else []) + list(rows)
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))] if lines else []
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
