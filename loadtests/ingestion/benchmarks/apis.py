"""ingest-api with bodies of many events."""

from __future__ import annotations

import gzip

from loadtests.bench.apis import service
from loadtests.bench.comparison import Comparison, Goal
from loadtests.bench.http import http, request
from loadtests.bench.world import World
from loadtests.ingestion.benchmarks.events import lines
from services.ingestion.editors.domain import SOURCE

PLAIN, PACKED = "ingest-api, NDJSON", "ingest-api, NDJSON in gzip"
BODIES, EVENTS_A_BODY, CONNECTIONS = 20, 1000, 6


def ingest(world: World, _scale: float) -> Comparison:
    """The same bodies again and again: the door and the log do not know that."""
    made = lines(BODIES * EVENTS_A_BODY, "http")
    bodies = [b"\n".join(made[start : start + EVENTS_A_BODY]) for start in range(0, len(made), EVENTS_A_BODY)]
    path = f"/v1/sources/{SOURCE}/events"
    ndjson = {"content-type": "application/x-ndjson"}
    requests = {
        PLAIN: [request("POST", path, body, ndjson) for body in bodies],
        PACKED: [request("POST", path, gzip.compress(body, 6), ndjson | {"content-encoding": "gzip"}) for body in bodies],
    }
    command = service(world, "services.ingestion.ingest_api")
    competitors = {
        name: http(command, its, world.folder, status=202, connections=CONNECTIONS, events=EVENTS_A_BODY, servers=world.servers())
        for name, its in requests.items()
    }
    return Comparison(
        "ingest",
        f"Events over HTTP, {EVENTS_A_BODY} a body",
        competitors,
        [Goal(f"events a second of {PLAIN}", lambda f: f[PLAIN].rate, 20_000)],
        ours=tuple(competitors),
    )
