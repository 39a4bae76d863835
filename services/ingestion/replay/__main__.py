"""Replays files of events into ingestion, and compares every layer with a recomputation from the files.

make replay-ingestion DATA_DIR=~/wikipedia_edits [RATE=500|60x|max]

Every *.ndjson, *.json and *.jsonl in the folder, plain or .gz, one JSON object a line, goes to the source whose fields it has. RATE: events
a second, or so many times as fast as they happened (60x), or as fast as possible. Sent again, no number changes.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

import msgspec

from services.ingestion.contracts.sources import sources
from services.ingestion.replay.check import LAYERS, Expected, differences, expected
from services.ingestion.replay.files import DataError, File, read_files
from services.ingestion.replay.pace import Pace, pace
from shared.http.client import ApiClient
from shared.progress import Progress
from shared.replay import agrees, api, exit_code

BATCH = 1000
CONNECTIONS = 4
ARRIVED_WITHIN_SECONDS = 300.0
TOLD_REJECTIONS = 5


async def replay(files: list[File], rate: Pace, progress: Progress) -> bool:
    """Whether all was accepted, read by every layer, and counts there as in the files. Raises RefusedError, SilentError."""
    async with api("ingestion", "ingest-api", progress) as ingest, api("ingestion", "query-api", progress) as query:
        sound = True
        for file in files:
            sound &= await _send(file, rate, ingest, progress)
        waiting = time.monotonic()
        wanted = expected(files)
        sound &= await _arrived(wanted, query, progress)
        progress.say(f"every layer had read everything {time.monotonic() - waiting:.1f} s later")
        return await _checked(wanted, query, progress) and sound


async def _send(file: File, rate: Pace, ingest: ApiClient, progress: Progress) -> bool:
    """Whether every line was accepted."""
    started = time.monotonic()
    sent = accepted = rejected = 0
    limit = asyncio.Semaphore(CONNECTIONS)

    async def send(first: int, lines: list[bytes]) -> None:
        nonlocal sent, accepted, rejected
        async with limit:
            answer = await ingest.post(f"/v1/sources/{file.source}/events", [msgspec.Raw(line) for line in lines])
        for item in answer["rejected"][: max(0, TOLD_REJECTIONS - rejected)]:
            progress.say(f"  rejected: {file.path.name} line {first + item['line']}: {item['detail']}")
        sent, accepted = sent + len(lines), accepted + answer["accepted"]
        rejected += len(answer["rejected"]) + answer["rejected_more"]
        progress.update(f"{file.path.name}: {sent:,} of {len(file.lines):,}, {sent / (time.monotonic() - started):,.0f} events/s")

    async with asyncio.TaskGroup() as tasks:
        first = 0
        async for lines in rate(file, BATCH):
            async with limit:  # so that no more are at hand than are sent
                pass
            tasks.create_task(send(first, lines))
            first += len(lines)
    seconds = time.monotonic() - started
    progress.say(f"{file.path.name} -> {file.source}: {accepted:,} accepted, {rejected:,} rejected")
    progress.say(f"  in {seconds:.1f} s: {sent / seconds:,.0f} events/s")
    return not rejected


async def _arrived(wanted: list[Expected], query: ApiClient, progress: Progress) -> bool:
    """Until every layer holds as many events in each window as the files. (While others send, no layer is ever at the end of the log.)"""
    deadline = time.monotonic() + ARRIVED_WITHIN_SECONDS
    for each in wanted:
        while True:
            found = await query.get(f"/v1/sources/{each.source}/reconciliation", **each.window)
            if all(found[layer] >= each.events for layer in LAYERS):
                break
            if time.monotonic() > deadline:
                progress.say(f"DIFFERENT  a layer has not read everything within {ARRIVED_WITHIN_SECONDS:.0f} s")
                return False
            progress.update("waiting for the layers")
            await asyncio.sleep(0.5)
    return True


async def _checked(wanted: list[Expected], query: ApiClient, progress: Progress) -> bool:
    async def different() -> list[str]:
        return [sentence for each in wanted for sentence in await differences(each, query)]

    if not await agrees(different, progress):
        return False
    for each in wanted:
        progress.say(f"{each.source}: {each.events:,} events in each layer, equal to the files by {', '.join(each.counts)}")
    return True


def main() -> int:
    options = _options()
    progress = Progress()

    def work() -> bool:
        if options.data_dir is None:
            raise DataError("Name the data: make replay-ingestion DATA_DIR=<a folder of NDJSON files>")
        files = read_files(options.data_dir.expanduser(), sources())
        return asyncio.run(replay(files, options.rate, progress))

    return exit_code(work, progress, DataError)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make replay-ingestion", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, help="a folder of NDJSON files")
    parser.add_argument("--rate", type=pace, default=pace("max"), metavar="EVENTS_PER_SECOND|SPEEDx|max", help="default: max")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
