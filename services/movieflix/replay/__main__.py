"""Replays a MovieLens folder into MovieFlix: the catalogue, then every rating in order of time, each after an invented viewing session.

make replay-movieflix DATA_DIR=~/ml-latest-small [RATE=events a second]

Afterwards it waits until all views are up to date, and compares the answers of analytics-api with a recomputation from the files.
Event ids are fixed: a second replay changes no number.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from services.movieflix.replay.catch_up import StuckError, wait_for_views
from services.movieflix.replay.check import Question, differences, questions
from services.movieflix.replay.movielens import DataError, Ratings, Show, read_ratings, read_shows
from services.movieflix.replay.progress import rate_and_rest
from services.movieflix.replay.send import Tally, send_sessions, send_shows
from services.movieflix.replay.sessions import Session, session
from shared.arguments import above_zero
from shared.http.client import ApiClient
from shared.progress import Progress
from shared.replay import agrees, api, exit_code
from shared.settings import KafkaSettings


async def replay(shows: list[Show], ratings: Ratings, rate: float | None, progress: Progress) -> bool:
    """Whether all was acknowledged, handled, and answers as the files do. Raises RefusedError, SilentError, StuckError."""
    tally = Tally()
    catalog, playback, analytics = (api("movieflix", name, progress) for name in ("catalog-api", "playback-api", "analytics-api"))
    async with catalog, playback, analytics:
        await send_shows(shows, catalog, tally)
        progress.say(f"{tally.shows:,} shows sent to the catalogue")
        started = time.monotonic()
        await send_sessions(_told(ratings, tally, started, progress), playback, tally, rate)
        seconds = time.monotonic() - started
        progress.say(
            f"{tally.positions:,} positions and {tally.ratings:,} ratings in {seconds:.1f} s ({tally.events / seconds:,.0f} events/s); "
            f"with the shows, {tally.acknowledged:,} acknowledged, {tally.rejected:,} rejected"
        )
        for rejection in tally.rejections:
            progress.say(f"  rejected: {rejection}")
        waiting = time.monotonic()
        await wait_for_views(KafkaSettings().client(), progress)
        progress.say(f"every view was up to date {time.monotonic() - waiting:.1f} s later")
        return await _checked(questions(shows, ratings, tally), analytics, progress) and not tally.rejected


def _told(ratings: Ratings, tally: Tally, started: float, progress: Progress) -> Iterator[Session]:
    for row in ratings.rows():
        yield session(*row)
        progress.update(rate_and_rest(tally.ratings, len(ratings), tally.events, time.monotonic() - started))


async def _checked(asked: list[Question], analytics: ApiClient, progress: Progress) -> bool:
    if not await agrees(lambda: differences(asked, analytics), progress):
        return False
    progress.say(f"equal to the recomputation from the files: {', '.join(question.name for question in asked)}")
    return True


def main() -> int:
    options = _options()
    progress = Progress()

    def work() -> bool:
        if options.data_dir is None:
            raise DataError("Name the data: make replay-movieflix DATA_DIR=<a MovieLens folder, as https://grouplens.org ships it>")
        folder = options.data_dir.expanduser()
        shows, ratings = read_shows(folder), read_ratings(folder)
        if not len(ratings):
            raise DataError(f"ratings.csv in {folder} holds no rating: name another folder.")
        progress.say(f"{len(shows):,} shows, {len(ratings):,} ratings read from {folder}")
        return asyncio.run(replay(shows, ratings, options.rate, progress))

    return exit_code(work, progress, DataError, StuckError)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make replay-movieflix", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, help="a MovieLens folder: movies.csv and ratings.csv, plain or .gz")
    parser.add_argument("--rate", type=_rate, default=None, metavar="EVENTS_PER_SECOND|max", help="default: max")
    return parser.parse_args()


def _rate(text: str) -> float | None:
    return None if text == "max" else above_zero(text, f"{text!r} is no rate: give events a second, as in 500, or max")


if __name__ == "__main__":
    sys.exit(main())
