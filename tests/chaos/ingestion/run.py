"""One run on a stack: events flow, parts break and come back, then every layer is compared with the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from infra.local.settings import read_env_file
from services.ingestion.contracts.lake import Layer, writer_group
from shared.settings import ServiceSettings, service_url
from shared.testing import eventually
from tests.chaos.conductor import Conductor
from tests.chaos.flow import Flow, Sender
from tests.chaos.ingestion.comparison import comparison
from tests.chaos.ingestion.layers import Layers
from tests.chaos.ingestion.line_file import LineFile
from tests.chaos.ingestion.load import PATHS, World, ndjson
from tests.chaos.ingestion.probes import Probes
from tests.chaos.ingestion.targets import Servers, targets
from tests.chaos.ledger import Ledger
from tests.chaos.processes import Processes
from tests.chaos.report import Result
from tests.chaos.schedule import Fault, Target, draw

STREAMS = 4
LINES_A_SECOND = 20.0
FIRST_PROBE_WITHIN_SECONDS = 90.0


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    seed: int
    run: str
    events: int
    rate: float
    variant: str = "layers"
    away_seconds: float = 60.0
    choose: Callable[[list[Target], int], list[Fault]] = draw


def chaos(plan: Plan, stack_dir: Path, say: Callable[[str], None] = print) -> Result:
    """On the stack whose environment is in os.environ. Raises NotAcceptedError where ingest-api refuses what it should take."""
    settings, started = ServiceSettings(), time.monotonic()
    world, ledger, processes = World(plan.seed, plan.run), Ledger(), Processes(stack_dir)
    line_file = LineFile(stack_dir / "data" / "ingestion-files" / "wikipedia-edits.ndjson", ledger, plan.seed)
    probes, layers = Probes(world, ledger, line_file, settings), Layers(settings, world.prefix)
    servers = Servers(settings, read_env_file(stack_dir / "stack.env"), plan.seed)
    senders = [Sender(service_url("ingestion", "ingest-api"), PATHS, ledger, stream, ndjson) for stream in range(STREAMS)]
    flow = Flow(world.streams(plan.events, STREAMS), senders, plan.rate)
    try:
        try:
            flow.start()
            line_file.start(world.lines(), LINES_A_SECOND)
            conductor = _break(plan, probes, processes, servers, flow, line_file, say)
            say(f"{flow.sent:,} events, repeats among them, were acknowledged meanwhile, {line_file.written:,} lines written; now the rest")
            broke_until = time.monotonic()
            line_file.stop()
            flow.finish()
        finally:
            flow.stop()
            processes.heal()
        findings, figures = comparison(world, ledger, layers, line_file, probes, servers, say)
    finally:
        line_file.close()
        probes.close()
        layers.close()
    ran_dry = flow.ended_at - conductor.started if flow.ended_at < broke_until else float("inf")
    return Result(
        case="ingestion",
        seed=plan.seed,
        variant=plan.variant,
        acknowledged=len(ledger),
        repeats=ledger.repeats,
        calls_repeated=sum(sender.calls_repeated for sender in flow.senders),
        longest_wait=max(sender.longest_wait for sender in flow.senders),
        twice_in_log=int(figures.pop("twice")),
        faults_without_flow=sum(outcome.at > ran_dry for outcome in conductor.outcomes),
        seconds=time.monotonic() - started,
        outcomes=conductor.outcomes,
        findings=findings,
        figures=figures,
    )


def _break(
    plan: Plan, probes: Probes, processes: Processes, servers: Servers, flow: Flow, line_file: LineFile, say: Callable[[str], None]
) -> Conductor:
    eventually(lambda: flow.sent >= min(1000, plan.events // 4), within=60)
    for probe in (probes.indexed, probes.lined, *(probes.read_by(writer_group(layer)) for layer in Layer)):
        # Whatever is connected or made at the first use is not a matter of recovery.
        eventually(probe(), within=FIRST_PROBE_WITHIN_SECONDS)
    breakable, how = targets(probes, processes, servers, plan.away_seconds)
    faults = plan.choose(breakable, plan.seed)
    say(f"{len(faults)} faults, seed {plan.seed}: {', '.join(map(str, faults))}")
    conductor = Conductor(processes, how, {target.name: target.group for target in breakable}, say)

    def go_on() -> None:
        flow.raise_error()
        if line_file.error is not None:
            raise line_file.error

    conductor.run(faults, go_on)
    return conductor
