"""playback-api and resume-api, each against a bare application that gives the same answers."""

from __future__ import annotations

from uuid import uuid4

import msgspec

from loadtests.bench.apis import BARE, BARE_PUBLISH, FRAMEWORK, bare, service
from loadtests.bench.comparison import Comparison, Competitor, Goal, share
from loadtests.bench.http import http, request
from loadtests.bench.world import World
from loadtests.movieflix.benchmarks.events import partitions, positions
from services.movieflix.contracts.events import ShowPositionReported
from services.movieflix.resume_projector.domain import by_user_and_show
from services.movieflix.resume_projector.store import ResumeView
from shared.clock import to_rfc3339
from shared.stores import valkey

PLAYBACK, RESUME = "playback-api", "resume-api"
BATCH = 500
CONNECTIONS, BATCH_CONNECTIONS = 64, 8
LINGERING_CONNECTIONS = 256
"""One by one each answer waits for the producer's linger: with few connections only that would be measured."""


def playback(world: World, _scale: float) -> Comparison:
    """One by one."""
    bodies = [msgspec.json.encode(_command(event)) for event in positions(2000, "http")]
    requests = [request("POST", "/v1/positions", body) for body in bodies]
    answer = msgspec.json.encode({"event_id": str(uuid4())}).decode()
    topics = {BARE: "", FRAMEWORK: "", BARE_PUBLISH: world.create_topic("bench.bare", partitions())}
    competitors = {
        name: http(
            bare(world, name, 202, answer, topic),
            requests,
            world.folder,
            status=202,
            connections=LINGERING_CONNECTIONS,
            servers=world.servers(),
        )
        for name, topic in topics.items()
    }
    return Comparison(
        "playback",
        "Positions over HTTP, one by one",
        {**competitors, PLAYBACK: _playback(world, requests, 1, LINGERING_CONNECTIONS)},
        [
            Goal(f"{PLAYBACK} as a share of bare", share(PLAYBACK, BARE), 0.8),
            Goal(f"{PLAYBACK} as a share of a bare one that Kafka acknowledges", share(PLAYBACK, BARE_PUBLISH), 0.8),
        ],
        ours=(PLAYBACK,),
    )


def playback_batches(world: World, _scale: float) -> Comparison:
    """Held against nothing bare: that would take a whole batch for one body, and one record."""
    events = positions(20 * BATCH, "http")
    bodies = [msgspec.json.encode([_command(event) for event in events[start : start + BATCH]]) for start in range(0, len(events), BATCH)]
    requests = [request("POST", "/v1/positions/batch", body) for body in bodies]
    return Comparison(
        "playback-batches",
        f"Positions over HTTP, {BATCH} a request",
        {PLAYBACK: _playback(world, requests, BATCH, BATCH_CONNECTIONS)},
        [Goal(f"positions a second of {PLAYBACK}", lambda f: f[PLAYBACK].rate, 20_000)],
        ours=(PLAYBACK,),
    )


def resume(world: World, _scale: float) -> Comparison:
    """Every answer is in Valkey; the bare application holds one in memory."""
    events = positions(2000, "http-resume")
    ResumeView(valkey.connect(world.settings.valkey)).apply(by_user_and_show(events))
    paths = [f"/v1/users/{event.user_id}/positions/{event.show_id}" for event in events]
    requests = [request("GET", path) for path in paths]
    command = service(world, "services.movieflix.resume_api")
    resume_api = http(command, requests, world.folder, status=200, connections=CONNECTIONS, servers=world.servers())
    example = msgspec.json.encode(_command(events[0]) | {"occurred_at": to_rfc3339(events[0].occurred_at), "finished": False}).decode()
    competitors = {
        name: http(bare(world, name, 200, example), requests, world.folder, status=200, connections=CONNECTIONS)
        for name in (BARE, FRAMEWORK)
    }
    return Comparison(
        "resume",
        "Positions served over HTTP",
        {**competitors, RESUME: resume_api},
        [Goal(f"{RESUME} as a share of bare", share(RESUME, BARE), 0.8)],
        ours=(RESUME,),
    )


def _playback(world: World, requests: list[bytes], events: int, connections: int) -> Competitor:
    command = service(world, "services.movieflix.playback_api")
    return http(command, requests, world.folder, status=202, connections=connections, events=events, servers=world.servers())


def _command(event: ShowPositionReported) -> dict[str, object]:
    return {
        "user_id": event.user_id,
        "show_id": event.show_id,
        "device_id": event.device_id,
        "position_seconds": event.position_seconds,
        "duration_seconds": event.duration_seconds,
    }
