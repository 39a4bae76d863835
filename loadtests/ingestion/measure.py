"""Is memory flat, and how long is an event on its way? Many events through the whole case, with what each process holds meanwhile.

make measure-ingestion [ARGS="--events 5000000 --rate 8000"]

Events are sent to ingest-api as bodies of a thousand at a steady rate; every five seconds the memory of each process of the case is taken
(PSS), with how far each layer is behind. It is called flat where a process's last quarter holds at most GROWTH more than its second (the
first warms up). At the end all layers have to hold exactly what was sent, which they tell by their own counts. The events are dated years
back, within a window that is no other's, so whoever else sends events may go on.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from infra.local.processes import memory_bytes, pid_folder
from services.ingestion.editors.domain import SOURCE, edits
from shared import clock
from shared.http.client import ApiClient
from shared.progress import Progress
from shared.settings import service_url

A_BODY, CONNECTIONS, LOOK_SECONDS = 1000, 4, 5.0
GROWTH = 0.10
SMALL_BYTES = 25 * 1024 * 1024
"""Growth below that is the allocator's."""
ARRIVED_WITHIN_SECONDS = 900.0
AGO_MICROS = 5 * 365 * 24 * 3600 * 1_000_000
LAYERS = ("speed", "s3", "hdfs")


class Watch:
    """Memory by process, in bytes, and each layer's delay, as often as it is asked to look."""

    def __init__(self, query: ApiClient) -> None:
        self._query = query
        self.memory: dict[str, list[int]] = {}
        self.delays: dict[str, list[float]] = {}

    async def look(self) -> str:
        for path in sorted(pid_folder(Path(os.environ["STACK_DIR"])).glob("ingestion-*.pid")):
            self.memory.setdefault(path.stem.removeprefix("ingestion-"), []).append(
                await asyncio.to_thread(memory_bytes, [int(path.read_text().split()[0])])
            )
        layers = (await self._query.get("/v1/layers"))["items"]
        for item in layers:
            if item["behind_seconds"] is not None:
                self.delays.setdefault(item["layer"], []).append(item["behind_seconds"])
        return ", ".join(f"{item['layer']} {item['behind_seconds']} s" for item in layers)

    def grown(self) -> dict[str, tuple[int, int]]:
        """Median bytes of the second and the last quarter, of each process."""
        quarters = {name: max(1, len(values) // 4) for name, values in self.memory.items()}
        return {
            name: (round(median(values[quarters[name] : 2 * quarters[name]] or values)), round(median(values[-quarters[name] :])))
            for name, values in self.memory.items()
        }


async def measure(events: int, rate: float, progress: Progress) -> bool:
    async with ApiClient(service_url("ingestion", "ingest-api")) as ingest, ApiClient(service_url("ingestion", "query-api")) as query:
        years_ago = clock.rising(lambda: clock.now() - AGO_MICROS)
        first = years_ago()
        watch = Watch(query)
        started = time.monotonic()
        accepted = await _send(events, rate, years_ago, ingest, watch, progress)
        seconds = time.monotonic() - started
        progress.say(f"{accepted:,} events accepted in {seconds:.0f} s ({accepted / seconds:,.0f} a second)")
        window = {"from": clock.to_rfc3339(first), "to": clock.to_rfc3339(years_ago())}
        held = await _arrived(accepted, window, query, watch, progress)
        progress.say(f"every layer was waited for {time.monotonic() - started - seconds:.0f} s")
    exact = True
    for layer in LAYERS:
        exact &= held[layer] == accepted
        delays = sorted(watch.delays.get(layer, [0.0]))
        p50, p95 = median(delays), delays[int(len(delays) * 0.95)]
        progress.say(f"{layer:6} {held[layer]:>10,} of {accepted:,} events; behind p50 {p50:.1f} s, p95 {p95:.1f} s")
    flat = True
    for name, (early, late) in watch.grown().items():
        grew = late > early * (1 + GROWTH) and late - early > SMALL_BYTES
        flat &= not grew
        progress.say(f"{name:24} {early / 1e6:>7.0f} MB -> {late / 1e6:>7.0f} MB{'   GROWS' if grew else ''}")
    progress.say("exact, and flat" if exact and flat else "not as it should be")
    return exact and flat


async def _send(events: int, rate: float, times: clock.Clock, ingest: ApiClient, watch: Watch, progress: Progress) -> int:
    stream: Iterator[dict[str, Any]] = edits(Random(clock.now()), times)
    limit, accepted = asyncio.Semaphore(CONNECTIONS), 0
    loop = asyncio.get_running_loop()
    started, look_at = loop.time(), 0.0

    async def send(body: list[dict[str, Any]]) -> None:
        nonlocal accepted
        async with limit:
            answer = await ingest.post(f"/v1/sources/{SOURCE}/events", body)
        # Apart: `accepted += await ...` would add to what it was before the others' answers.
        accepted += answer["accepted"]

    async with asyncio.TaskGroup() as tasks:
        for sent in range(0, events, A_BODY):
            await asyncio.sleep(max(0.0, started + sent / rate - loop.time()))
            async with limit:  # as many are made as can be sent
                pass
            tasks.create_task(send(list(islice(stream, min(A_BODY, events - sent)))))
            if loop.time() > look_at:
                look_at = loop.time() + LOOK_SECONDS
                behind = await watch.look()
                progress.update(f"{sent:,} of {events:,}, {sent / max(0.1, loop.time() - started):,.0f} events/s; behind: {behind}")
    return accepted


async def _arrived(accepted: int, window: dict[str, str], query: ApiClient, watch: Watch, progress: Progress) -> dict[str, Any]:
    """What each layer holds in the window, once that is as much as was accepted, or waiting for it has no end."""
    deadline = time.monotonic() + ARRIVED_WITHIN_SECONDS
    while True:
        held: dict[str, Any] = await query.get(f"/v1/sources/{SOURCE}/reconciliation", **window)
        if all(held[layer] >= accepted for layer in LAYERS) or time.monotonic() > deadline:
            return held
        progress.update(f"waiting for the layers: {await watch.look()}")
        await asyncio.sleep(LOOK_SECONDS)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make measure-ingestion", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--rate", type=float, default=5000.0, help="events a second")
    options = parser.parse_args()
    return 0 if asyncio.run(measure(options.events, options.rate, Progress())) else 1


if __name__ == "__main__":
    sys.exit(main())
