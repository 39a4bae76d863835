"""One run on a stack: events flow, parts break and come back, then every layer is compared with the ledger."""

from __future__ import annotations

from pathlib import Path

from infra.local.settings import read_env_file
from services.ingestion.contracts.lake import Layer, writer_group
from shared.settings import ServiceSettings, service_url
from shared.testing import eventually
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
from tests.chaos.run import FlowPlan, Run, Say

STREAMS = 4
LINES_A_SECOND = 20.0


def chaos(plan: FlowPlan, stack_dir: Path, say: Say = print) -> Result:
    """On the stack whose environment is in os.environ. Raises NotAcceptedError where ingest-api refuses what it should take."""
    settings = ServiceSettings()
    world, ledger, processes = World(plan.seed, plan.run), Ledger(), Processes(stack_dir)
    run = Run("ingestion", plan, processes, say)
    line_file = LineFile(stack_dir / "data" / "ingestion-files" / "wikipedia-edits.ndjson", ledger, plan.seed)
    probes, layers = Probes(world, ledger, line_file, settings), Layers(settings, world.prefix)
    servers = Servers(settings, read_env_file(stack_dir / "stack.env"), plan.seed)
    senders = [Sender(service_url("ingestion", "ingest-api"), PATHS, ledger, stream, ndjson) for stream in range(STREAMS)]
    flow = Flow(world.streams(plan.events, STREAMS), senders, plan.rate)

    def go_on() -> None:
        flow.raise_error()
        if line_file.error is not None:
            raise line_file.error

    try:
        try:
            flow.start()
            line_file.start(world.lines(), LINES_A_SECOND)
            eventually(lambda: flow.sent >= min(1000, plan.events // 4), within=60)
            run.warm_up((probes.indexed, probes.lined, *(probes.read_by(writer_group(layer)) for layer in Layer)))
            run.break_parts(*targets(probes, processes, servers, plan.away_seconds), go_on)
            say(f"{flow.sent:,} events, repeats among them, were acknowledged meanwhile, {line_file.written:,} lines written; now the rest")
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
    return run.result_of_flow(ledger, flow, int(figures.pop("twice")), findings, figures)
