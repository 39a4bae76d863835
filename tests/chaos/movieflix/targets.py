"""What of MovieFlix can break, and how each part is looked at when it has."""

from __future__ import annotations

import contextlib
import dataclasses
from functools import partial

import httpx

from infra.local.stack_file import INSTANCE_STRIDE
from shared.settings import ServiceSettings, service_url
from tests.chaos.breakable import Breakable, Probe
from tests.chaos.kafka import CONTROLLER_ELECTION_SECONDS, Cluster
from tests.chaos.movieflix.load import World
from tests.chaos.movieflix.probes import Probes
from tests.chaos.processes import Processes
from tests.chaos.schedule import Kind, Target

WORKER_AWAY_SECONDS = 15.0
"""Long enough that the other worker must take over."""
_CLUSTER = frozenset({"broker", "controller"})


def targets(
    world: World, probes: Probes, processes: Processes, settings: ServiceSettings, store_away_seconds: float
) -> tuple[list[Target], dict[str, Breakable]]:
    """Every part that runs, each with the faults that it must bear."""
    answers = {
        "resume-api": f"/v1/users/{world.user(0)}/continue-watching",
        "recommendations-api": f"/v1/users/{world.user(0)}/recommendations",
        "analytics-api": "/v1/analytics/summary",
        "model-trainer": "/health/ready",
        "web-page": "/",
    }
    known: dict[str, tuple[Probe, set[str]]] = {
        "playback-api": (probes.acknowledged, {*_CLUSTER}),
        "resume-projector": (probes.resumed, {"playback-api", "resume-api", "valkey", *_CLUSTER}),
        "analytics-sink": (probes.stored, {"playback-api", "elasticsearch", *_CLUSTER}),
        "recommendations-projector": (probes.recommended, {"playback-api", "recommendations-api", "valkey", *_CLUSTER}),
        "catalog-api": (probes.catalogued, {*_CLUSTER}),
        "catalog-indexer": (probes.indexed, {"catalog-api", "elasticsearch", *_CLUSTER}),
        "resume-api": (partial(probes.answers, "resume-api", answers["resume-api"]), {"valkey"}),
        "recommendations-api": (partial(probes.answers, "recommendations-api", answers["recommendations-api"]), {"valkey"}),
        "analytics-api": (partial(probes.answers, "analytics-api", answers["analytics-api"]), {"elasticsearch"}),
        "model-trainer": (partial(probes.answers, "model-trainer", answers["model-trainer"]), {"elasticsearch", "valkey", *_CLUSTER}),
        "web-page": (partial(probes.answers, "web-page", answers["web-page"]), set()),
    }
    running = set(processes.names())
    breakables = {
        name: Breakable(lambda name=name: f"movieflix-{name}", probe, needs=frozenset({name, *needs}))  # type: ignore[misc]
        for name, (probe, needs) in known.items()
        if f"movieflix-{name}" in running
    }
    groups = {name: name for name in breakables}
    recommenders = sorted(name.removeprefix("movieflix-") for name in running if name.startswith("movieflix-recommender"))
    for name in recommenders:
        needs = frozenset({*recommenders, "recommendations-projector", *known["recommendations-projector"][1]})
        breakables[name] = Breakable(
            lambda name=name: f"movieflix-{name}",  # type: ignore[misc]
            probes.recommended,
            replicated=len(recommenders) > 1,
            whole=partial(_ready, [f"http://127.0.0.1:{port}/health/ready" for port in _ports(len(recommenders))]),
            away_seconds=WORKER_AWAY_SECONDS,
            needs=needs,
        )
        groups[name] = "recommender"
    projector = breakables["recommendations-projector"]
    breakables["recommendations-projector"] = dataclasses.replace(projector, needs=projector.needs | set(recommenders))
    breakables |= _servers(world, probes, settings, store_away_seconds)
    groups |= {name: "kafka" if name in _CLUSTER else name for name in breakables if name not in groups}
    return [Target(name, _kinds(name, breakable), groups[name]) for name, breakable in breakables.items()], breakables


def _ports(recommenders: int) -> list[int]:
    first = int(service_url("movieflix", "recommender").rpartition(":")[2])
    return [first + INSTANCE_STRIDE * instance for instance in range(recommenders)]


def _ready(urls: list[str]) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return all(httpx.get(url, timeout=2, trust_env=False).is_success for url in urls)
    return False


def _servers(world: World, probes: Probes, settings: ServiceSettings, away_seconds: float) -> dict[str, Breakable]:
    cluster = Cluster(settings.kafka, world.seed)
    resumed = frozenset({"playback-api", "resume-projector", "resume-api", "valkey", *_CLUSTER})
    stored = frozenset({"playback-api", "analytics-sink", "elasticsearch", *_CLUSTER})
    found = {
        "elasticsearch": Breakable(lambda: "elasticsearch", probes.stored, away_seconds=away_seconds, needs=stored, bounded=False),
        "valkey": Breakable(lambda: "valkey", probes.resumed, away_seconds=away_seconds, needs=resumed, bounded=False),
    }
    if len(cluster.brokers) > 1:
        kept_by_others = partial(Breakable, probe=probes.resumed, replicated=True, needs=resumed, whole=cluster.in_sync)
        found["broker"] = kept_by_others(cluster.another_broker)
        found["controller"] = kept_by_others(cluster.controller, election_seconds=CONTROLLER_ELECTION_SECONDS)
    return found


def _kinds(name: str, breakable: Breakable) -> tuple[Kind, ...]:
    if name in ("elasticsearch", "valkey"):
        return (Kind.AWAY,)
    usual = (Kind.KILL, Kind.TERM, Kind.PAUSE)
    return (*usual, Kind.AWAY) if breakable.replicated and name not in _CLUSTER else usual
