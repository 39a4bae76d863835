"""How long until an event is seen? From a position to resume-api, and from a rating to changed recommendations.

make measure-movieflix

Arrivals are open: one is sent when it is due, whatever became of those before, and its delay counts from when it was due (no coordinated
omission). "Seen" is what a client sees by asking with GET, again and again. Exits with 1 where a p99 is above its bound.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
import time
from typing import Any

import aiohttp
import uvloop

from loadtests.delays import Arrivals, Measurement, Seen
from loadtests.document import RESULTS, write_document
from loadtests.machine import machine
from loadtests.schedule import even, rising
from shared.settings import service_url

FILE = RESULTS / "movieflix" / "measure.json"
WARM_UP_SECONDS = 60.0
"""Connections, caches, and the JVMs' compilers; sent at a rising rate, not counted, and drained before counting begins."""
MODEL_WITHIN_SECONDS = 60.0
"""A new stack fits its first model once its viewers have rated."""

POSITION_VIEWERS = 500
POSITIONS_LOOKED_FOR = 10
"""Every tenth: to look for all would measure the looking."""
FILM_SECONDS = 6000.0

RATING_VIEWERS = 200
RATINGS_LOOKED_FOR = 4
"""Every rating of every fourth viewer."""


class Client:
    """Keep-alive connections to the three APIs."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._playback, self._resume, self._recommendations = (
            service_url("movieflix", name) for name in ("playback-api", "resume-api", "recommendations-api")
        )

    async def send(self, path: str, body: dict[str, Any]) -> None:
        """Raises ClientError where it is not acknowledged."""
        async with self._session.post(f"{self._playback}/v1/{path}", json=body, raise_for_status=True) as answer:
            await answer.read()

    async def position(self, user_id: str, show_id: str) -> float:
        """-1 where there is none."""
        async with self._session.get(f"{self._resume}/v1/users/{user_id}/positions/{show_id}") as answer:
            body = await answer.json()
            return float(body["position_seconds"]) if answer.status == 200 else -1.0

    async def recommended(self, user_id: str, limit: int) -> list[str]:
        async with self._session.get(f"{self._recommendations}/v1/users/{user_id}/recommendations?limit={limit}") as answer:
            answer.raise_for_status()
            return [item["show_id"] for item in (await answer.json())["items"]]


def positions(client: Client, measurement: Measurement) -> Arrivals:
    """Each viewer's position rises; it is seen once resume-api answers with it, or with a later one."""
    run, show_id = secrets.token_hex(4), "measured-film"

    async def arrival(number: int) -> Seen | None:
        turn, viewer = divmod(number, POSITION_VIEWERS)
        user_id, position = f"measure-{run}-{viewer}", float(turn)
        body = {"user_id": user_id, "show_id": show_id, "device_id": "tv", "position_seconds": position, "duration_seconds": FILM_SECONDS}
        await client.send("positions", body)

        async def seen() -> bool:
            return await client.position(user_id, show_id) >= position

        return seen if number % POSITIONS_LOOKED_FOR == 0 else None

    return Arrivals(measurement, arrival)


def ratings(client: Client, measurement: Measurement, recommended: list[str]) -> Arrivals:
    """A viewer rates the first show recommended: nothing seen is recommended, so the change is seen once that show is gone."""
    run = secrets.token_hex(4)
    users = [f"measure-{run}-{number}" for number in range(RATING_VIEWERS)]
    offered = dict.fromkeys(users, recommended)
    rated: dict[str, set[str]] = {user: set() for user in users}

    async def arrival(number: int) -> Seen | None:
        viewer = number % RATING_VIEWERS
        user_id = users[viewer]
        show_id = next((show for show in offered[user_id] if show not in rated[user_id]), None)
        if show_id is None:
            raise LookupError("nothing left to rate")
        rated[user_id].add(show_id)
        await client.send("ratings", {"user_id": user_id, "show_id": show_id, "rating": 3 + number % 5 / 2})

        async def seen() -> bool:
            offered[user_id] = await client.recommended(user_id, 10)
            return show_id not in offered[user_id]

        return seen if viewer % RATINGS_LOOKED_FOR == 0 else None

    return Arrivals(measurement, arrival)


async def first_recommendations(client: Client) -> list[str]:
    """What a newcomer is shown. Raises LookupError with a sentence where no model comes."""
    deadline = time.monotonic() + MODEL_WITHIN_SECONDS
    newcomer = f"measure-{secrets.token_hex(4)}"
    while not (recommended := await client.recommended(newcomer, 100)):
        if time.monotonic() > deadline:
            raise LookupError("No model is trained yet: it is once viewers have rated; 'make logs SERVICE=model-trainer' tells.")
        await asyncio.sleep(1)
    return recommended


async def measure(options: argparse.Namespace) -> list[Measurement]:
    """Raises LookupError with a sentence where there is no model yet."""
    measurements = [
        Measurement("position -> resume-api", options.positions, 0.1),
        Measurement("rating -> recommendations", options.ratings, 1.0),
    ]
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=30)) as session:
        client = Client(session)
        recommended = await first_recommendations(client)
        arrivals = (positions(client, measurements[0]), ratings(client, measurements[1], recommended))
        for kind, measurement in zip(arrivals, measurements, strict=True):
            print(f"{measurement.name}: {measurement.rate:g} a second for {options.seconds:g} s", flush=True)
            await kind.run(rising(measurement.rate, WARM_UP_SECONDS), counted=False)
            await kind.run(even(measurement.rate, options.seconds), counted=True)
    return measurements


def report(measurements: list[Measurement], seconds: float) -> None:
    print(f"\n{'':28}{'p50':>10}{'p95':>10}{'p99':>10}{'bound':>10}")
    for m in measurements:
        figures = "".join(f"{m.percentile(share) * 1000:>7.1f} ms" for share in (0.5, 0.95, 0.99))
        trouble = "".join(f"; {count} x {what}" for what, count in m.failures.most_common(3))
        trouble += f"; {m.unseen} never seen" if m.unseen else ""
        print(f"{m.name:28}{figures}{m.bound_seconds * 1000:>7.0f} ms  {'kept' if m.kept else 'NOT KEPT'}{trouble}")
    measured_on = machine()
    document = {
        "machine": measured_on,
        "seconds": seconds,
        "measurements": {m.name: m.summary() for m in measurements},
    }
    write_document(FILE, document)
    print(f"\n{measured_on['cpu']}, {measured_on['cores']} cores; written to {FILE.relative_to(RESULTS.parent)}")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make measure-movieflix", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--positions", type=float, default=500.0, metavar="A_SECOND")
    parser.add_argument("--ratings", type=float, default=100.0, metavar="A_SECOND")
    options = parser.parse_args()
    started = time.monotonic()
    try:
        measurements = uvloop.run(measure(options))
    except LookupError as error:
        print(error.args[0])
        return 1
    except aiohttp.ClientError as error:
        print(f"An API does not answer ({error}): see 'make status'.")
        return 1
    report(measurements, options.seconds)
    print(f"{time.monotonic() - started:.0f} s")
    return 0 if all(measurement.kept for measurement in measurements) else 1


if __name__ == "__main__":
    sys.exit(main())
