"""One run on a stack: a bank at work, parts that break and come back, then every place where alerts are seen against the recomputation."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.postgres.slots import read_slots
from shared.testing import eventually
from tests.chaos.conductor import Conductor
from tests.chaos.mybank import comparison
from tests.chaos.mybank.audit import audited
from tests.chaos.mybank.bank import Bank
from tests.chaos.mybank.targets import Servers, targets
from tests.chaos.processes import Processes
from tests.chaos.report import Result
from tests.chaos.schedule import Fault, Target, draw

FIRST_COMMITS = 200
FIRST_PROBE_WITHIN_SECONDS = 60.0


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    seed: int
    run: str
    rate: float
    variant: str = "two-processors"
    store_away_seconds: float = 8.0
    choose: Callable[[list[Target], int], list[Fault]] = draw


def chaos(plan: Plan, stack_dir: Path, say: Callable[[str], None] = print) -> Result:
    """On the stack whose environment is in os.environ. Raises NotAcceptedError where an API refuses what it should take."""
    started = time.monotonic()
    bank, processes = Bank(plan.seed, plan.run, plan.rate), Processes(stack_dir)
    servers = Servers(bank.settings, bank.env, plan.seed)
    try:
        with audited(bank.url):
            bank.probes.open()
            slots = read_slots(bank.url)
            try:
                bank.load.start()
                conductor = _break(plan, bank, processes, servers, say)
            finally:
                processes.heal()
                bank.load.stop()
            bank.load.raise_error()
            findings, figures = comparison.compare(bank, servers, slots, say)
    finally:
        bank.close()
    return Result(
        case="mybank",
        seed=plan.seed,
        variant=plan.variant,
        acknowledged=int(figures.pop("changes")),
        repeats=0,
        calls_repeated=sum(desk.calls_repeated for desk in bank.desks),
        longest_wait=max([desk.longest_wait for desk in bank.desks] + [branch.longest_wait for branch in bank.load.branches]),
        twice_in_log=int(figures.pop("twice")),
        faults_without_flow=0,
        seconds=time.monotonic() - started,
        outcomes=conductor.outcomes,
        findings=findings,
        figures=figures,
    )


def _break(plan: Plan, bank: Bank, processes: Processes, servers: Servers, say: Callable[[str], None]) -> Conductor:
    eventually(lambda: bank.load.commits >= FIRST_COMMITS, within=FIRST_PROBE_WITHIN_SECONDS)
    for probe in (bank.probes.set, bank.probes.alerted, bank.probes.delivered):
        # Whatever is connected or compiled at the first use is not a matter of recovery.
        eventually(probe(), within=FIRST_PROBE_WITHIN_SECONDS)
    breakable, how = targets(bank.probes, processes, servers, plan.store_away_seconds)
    faults = plan.choose(breakable, plan.seed)
    say(f"{len(faults)} faults, seed {plan.seed}: {', '.join(map(str, faults))}")
    conductor = Conductor(processes, how, {target.name: target.group for target in breakable}, say)
    conductor.run(faults, bank.load.raise_error)
    return conductor
