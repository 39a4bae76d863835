"""One run on a stack: a bank at work, parts that break and come back, then every place where alerts are seen against the recomputation."""

from __future__ import annotations

from pathlib import Path

from infra.postgres.slots import read_slots
from shared.testing import eventually
from tests.chaos.mybank import comparison
from tests.chaos.mybank.audit import audited
from tests.chaos.mybank.bank import Bank
from tests.chaos.mybank.targets import Servers, targets
from tests.chaos.processes import Processes
from tests.chaos.report import Result
from tests.chaos.run import FIRST_PROBE_WITHIN_SECONDS, Plan, Run, Say

FIRST_COMMITS = 200


def chaos(plan: Plan, stack_dir: Path, say: Say = print) -> Result:
    """On the stack whose environment is in os.environ. Raises NotAcceptedError where an API refuses what it should take."""
    bank, processes = Bank(plan.seed, plan.run, plan.rate), Processes(stack_dir)
    run = Run("mybank", plan, processes, say)
    servers = Servers(bank.settings, bank.env, plan.seed)
    try:
        with audited(bank.url):
            bank.probes.open()
            slots = read_slots(bank.url)
            try:
                bank.load.start()
                eventually(lambda: bank.load.commits >= FIRST_COMMITS, within=FIRST_PROBE_WITHIN_SECONDS)
                run.warm_up((bank.probes.set, bank.probes.alerted, bank.probes.delivered))
                run.break_parts(*targets(bank.probes, processes, servers, plan.away_seconds), bank.load.raise_error)
            finally:
                processes.heal()
                bank.load.stop()
            bank.load.raise_error()
            findings, figures = comparison.compare(bank, servers, slots, say)
    finally:
        bank.close()
    return run.result(
        findings,
        figures,
        acknowledged=int(figures.pop("changes")),
        calls_repeated=sum(desk.calls_repeated for desk in bank.desks),
        longest_wait=max([desk.longest_wait for desk in bank.desks] + [branch.longest_wait for branch in bank.load.branches]),
        twice_in_log=int(figures.pop("twice")),
    )
