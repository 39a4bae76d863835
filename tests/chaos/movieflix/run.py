"""One run on a stack: events flow, parts break and come back, then every view is compared with the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from services.movieflix.contracts.topics import SHOW_POSITION, SHOW_RATING
from services.movieflix.replay.catch_up import StuckError, wait_for_views
from shared.http.client import ApiClient
from shared.progress import Progress
from shared.settings import ServiceSettings, service_url
from shared.testing import eventually
from tests.chaos.conductor import RECOVERY_DEADLINE_SECONDS
from tests.chaos.flow import Flow, Sender
from tests.chaos.kafka import all_in_sync
from tests.chaos.ledger import Finding, Flaw, Ledger
from tests.chaos.movieflix.checks import Views, log_findings
from tests.chaos.movieflix.load import PATHS, World
from tests.chaos.movieflix.probes import Probes
from tests.chaos.movieflix.targets import targets
from tests.chaos.movieflix.truth import Truth
from tests.chaos.processes import Processes
from tests.chaos.report import Result
from tests.chaos.run import FlowPlan, Run, Say
from tests.integration.real_cluster import RealCluster

STREAMS = 4
T = TypeVar("T")


def _apart(work: Coroutine[Any, Any, T]) -> T:
    """On a thread of its own: a test that comes after those of pages finds their event loop on its thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def chaos(plan: FlowPlan, stack_dir: Path, say: Say = print) -> Result:
    """On the stack whose environment is in os.environ. Raises NotAcceptedError where an API refuses what it should take."""
    settings = ServiceSettings()
    world, ledger, processes = World(plan.seed, plan.run), Ledger(), Processes(stack_dir)
    run = Run("movieflix", plan, processes, say)
    probes = Probes(world, ledger, settings)
    flow = _flow(world, ledger, plan)
    _apart(_send_catalogue(world))
    try:
        flow.start()
        eventually(lambda: flow.sent >= min(1000, plan.events // 4), within=60)
        run.warm_up((probes.resumed, probes.stored, probes.recommended, probes.indexed))
        run.break_parts(*targets(world, probes, processes, settings, plan.away_seconds), flow.raise_error)
        say(f"{flow.sent:,} events, repeats among them, were acknowledged meanwhile; now the rest")
        flow.finish()
    finally:
        flow.stop()
        processes.heal()
        probes.close()
    findings, twice = _apart(_compare(world, ledger, settings, say))
    return run.result_of_flow(ledger, flow, twice, findings)


def _flow(world: World, ledger: Ledger, plan: FlowPlan) -> Flow:
    url = service_url("movieflix", "playback-api")
    senders = [Sender(url, PATHS, ledger, stream) for stream in range(STREAMS)]
    return Flow(world.streams(plan.events, STREAMS), senders, plan.rate)


async def _send_catalogue(world: World) -> None:
    async with ApiClient(service_url("movieflix", "catalog-api"), patience_seconds=60) as api:
        await api.post("/v1/shows/batch", world.catalogue())


async def _compare(world: World, ledger: Ledger, settings: ServiceSettings, say: Say) -> tuple[list[Finding], int]:
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
