"""One run on a stack: events flow, parts break and come back, then every view is compared with the ledger."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from services.movieflix.contracts.topics import SHOW_POSITION, SHOW_RATING
from services.movieflix.replay.catch_up import StuckError, wait_for_views
from shared.http.client import ApiClient
from shared.progress import Progress
from shared.settings import ServiceSettings, service_url
from shared.testing import eventually
from tests.chaos.conductor import RECOVERY_DEADLINE_SECONDS, Conductor
from tests.chaos.flow import Flow, Sender
from tests.chaos.kafka import all_in_sync
from tests.chaos.ledger import Finding, Flaw, Ledger
from tests.chaos.movieflix.checks import Views, log_findings
from tests.chaos.movieflix.load import PATHS, World
from tests.chaos.movieflix.targets import Probes, targets
from tests.chaos.movieflix.truth import Truth
from tests.chaos.processes import Processes
from tests.chaos.report import Result
from tests.chaos.schedule import Fault, Target, draw
from tests.integration.real_cluster import RealCluster

STREAMS = 4
T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    seed: int
    run: str
    events: int
    rate: float
    variant: str = "memory"
    store_away_seconds: float = 60.0
    choose: Callable[[list[Target], int], list[Fault]] = draw


def _run(work: Coroutine[Any, Any, T]) -> T:
    """On a thread of its own: a test that comes after those of pages finds their event loop on its thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def chaos(plan: Plan, stack_dir: Path, say: Callable[[str], None] = print) -> Result:
    """On the stack whose environment is in os.environ. Raises NotAcceptedError where an API refuses what it should take."""
    settings = ServiceSettings()
    started = time.monotonic()
    world, ledger, processes = World(plan.seed, plan.run), Ledger(), Processes(stack_dir)
    probes = Probes(world, ledger, settings)
    flow = _flow(world, ledger, plan)
    _run(_send_catalogue(world))
    try:
        flow.start()
        conductor = _break(plan, world, probes, processes, settings, flow, say)
        say(f"{flow.sent:,} events, repeats among them, were acknowledged meanwhile; now the rest")
        broke_until = time.monotonic()
        flow.finish()
    finally:
        flow.stop()
        processes.heal()
        probes.close()
    findings, twice = _run(_compare(world, ledger, settings, say))
    ran_dry = flow.ended_at - conductor.started if flow.ended_at < broke_until else float("inf")
    return Result(
        case="movieflix",
        seed=plan.seed,
        variant=plan.variant,
        acknowledged=len(ledger),
        repeats=ledger.repeats,
        calls_repeated=sum(sender.calls_repeated for sender in flow.senders),
        longest_wait=max(sender.longest_wait for sender in flow.senders),
        twice_in_log=twice,
        faults_without_flow=sum(outcome.at > ran_dry for outcome in conductor.outcomes),
        seconds=time.monotonic() - started,
        outcomes=conductor.outcomes,
        findings=findings,
    )


def _flow(world: World, ledger: Ledger, plan: Plan) -> Flow:
    url = service_url("movieflix", "playback-api")
    senders = [Sender(url, PATHS, ledger, stream) for stream in range(STREAMS)]
    return Flow(world.streams(plan.events, STREAMS), senders, plan.rate)


async def _send_catalogue(world: World) -> None:
    async with ApiClient(service_url("movieflix", "catalog-api"), patience_seconds=60) as api:
        await api.post("/v1/shows/batch", world.catalogue())


def _break(
    plan: Plan, world: World, probes: Probes, processes: Processes, settings: ServiceSettings, flow: Flow, say: Callable[[str], None]
) -> Conductor:
    eventually(lambda: flow.sent >= min(1000, plan.events // 4), within=60)
    for probe in (probes.resumed, probes.stored, probes.recommended, probes.indexed):
        # Whatever is connected or compiled at the first use is not a matter of recovery.
        eventually(probe(), within=60)
    breakable, how = targets(world, probes, processes, settings, plan.store_away_seconds)
    faults = plan.choose(breakable, plan.seed)
    say(f"{len(faults)} faults, seed {plan.seed}: {', '.join(map(str, faults))}")
    conductor = Conductor(processes, how, {target.name: target.group for target in breakable}, say)
    conductor.run(faults, flow.raise_error)
    return conductor


async def _compare(world: World, ledger: Ledger, settings: ServiceSettings, say: Callable[[str], None]) -> tuple[list[Finding], int]:
    client = settings.kafka.client()
    brokers = len(settings.kafka.bootstrap_servers.split(","))
    # Read before all replicas are in sync, a log shows losses that are none.
    await asyncio.to_thread(eventually, lambda: all_in_sync(client, brokers), within=RECOVERY_DEADLINE_SECONDS, every=0.1)
    findings: list[Finding] = []
    try:
        await wait_for_views(client, Progress())
    except StuckError as error:
        findings.append(Finding("views", Flaw.LOST, 1, str(error)))
    say(f"{len(ledger):,} acknowledged events against the log and every view")
    in_log, twice = log_findings(ledger, RealCluster(client))
    truth = Truth(ledger.events(SHOW_POSITION.name), ledger.events(SHOW_RATING.name), world.catalogue())
    return [*findings, *in_log, *await Views(world, truth, settings).findings()], twice
