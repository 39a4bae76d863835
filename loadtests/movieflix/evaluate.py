"""How good are MovieFlix's recommendations? The running system's own answers against the field's baselines.

make evaluate-movieflix DATA_DIR=~/ml-latest-small

Protocol
- Split: each user's ratings in order of time; the last fifth is what comes next (test), the rest is the past. Ratings of the same second
  are ordered by a fixed hash. The last fifth of the past is the validation part: every baseline's values are chosen there, by NDCG@10,
  and the test part is looked at once with them. The split is each user's own: what others rated later may be in the past of all.
- Predicted is: which films will this user rate 4 or more next? What they will like less is no hit. Candidates are all films that they
  have not rated. A film that nobody had rated is a miss for everybody.
- Judged are users with ten past ratings or more, and one film to be predicted or more.
- Recall@k is the share of hits among as many as k places can hold (Liang et al. 2018), NDCG@k is binary. Means over users, intervals of
  95 % by bootstrap over users; differences are paired, p by randomisation.
- Popular, item-kNN (cosine) and EASE learn from binary ratings, from as many stars on as the validation part chose. "EASE, the product's
  items" is model-trainer's own fit with its settings, ranked by other code: the live system has to answer the same. "EASE, all items" has
  no limits.
- The live system is a stack of its own: it is told the catalogue and the past over HTTP, ratings only (the viewing sessions that a replay
  invents are no data), trains when it finds it due, and is asked by GET once a model of all ratings answers everybody.

Exits with 1 where the live system is not within 2 % of EASE on the product's items, or not above popular and item-kNN.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from infra.local.settings import read_env_file
from loadtests.document import write_document
from loadtests.evaluation.measures import LONGEST
from loadtests.evaluation.report import Goal, as_good_as, better_than, differences, differences_table, estimates, rounded, table
from loadtests.evaluation.task import Ranked
from loadtests.machine import machine
from loadtests.movieflix.data import Data, about, past_ratings, read
from loadtests.movieflix.live import Live, LiveError, LiveRun
from loadtests.movieflix.product import product_ease, product_values
from loadtests.movieflix.tuning import Tried, rank, tune
from services.movieflix.replay.catch_up import StuckError
from services.movieflix.replay.movielens import DataError
from shared.http.client import RefusedError, SilentError
from shared.progress import Progress
from tests.stack import ROOT, OwnStack

RESULTS = ROOT / "results" / "movieflix" / "evaluate"
START_SECONDS = 900.0
"""The first start on a machine fetches some 400 MB."""
LIVE, PRODUCT, ALL_ITEMS = "MovieFlix, live", "EASE, the product's items", "EASE, all items"


def ask_live(data: Data, progress: Progress) -> LiveRun:
    """On a stack of its own, which is gone afterwards. Raises LiveError, and what `Live.run` raises."""
    stack = OwnStack("movieflix")
    try:
        progress.say("a stack of its own starts; yours is not touched")
        stack.start()
        if trouble := stack.ready(START_SECONDS):
            raise LiveError(f"the stack did not start:\n{trouble}")
        os.environ.update(read_env_file(stack.env_file))
        return asyncio.run(Live(progress).run(data.shows, past_ratings(data), LONGEST))
    finally:
        # From here on only kill -9 is heard: a stack that is left half stopped is worse than some seconds more.
        handlers = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
        stack.remove(keep_logs=RESULTS / "logs")
        for number, handler in handlers.items():
            signal.signal(number, handler)


def live_ranked(data: Data, recommended: dict[str, list[str]]) -> Ranked:
    """From ids to numbers. Raises KeyError for a film that neither catalogue nor ratings have."""
    numbers = {movie: number for number, movie in enumerate(data.movies)}
    return [[numbers[show] for show in recommended[user]] for user in data.users]


def evaluate(data: Data, live: bool, seed: int, progress: Progress) -> tuple[dict[str, Any], list[Goal]]:
    """The results document, printed on the way, and what it says of the goals."""
    started = time.monotonic()
    tuned = tune(data.tuning)
    progress.say(f"tuned on the validation part in {time.monotonic() - started:.0f} s")
    names = {"popular": "popular", "item-kNN": "item-kNN", "EASE": ALL_ITEMS}
    rankings = {names[system]: rank(data.test, system, tried[0].parameters) for system, tried in tuned.items()}
    product = product_ease(data.test, data.movies)
    rankings[PRODUCT] = product.ranked
    run = ask_live(data, progress) if live else None
    if run:
        rankings[LIVE] = live_ranked(data, run.recommended)
    judged = {name: data.test.judge(ranked) for name, ranked in rankings.items()}
    measured = {name: estimates(values, seed) for name, values in judged.items()}
    system = LIVE if run else PRODUCT
    against = {name: differences(judged[system], values, seed) for name, values in judged.items() if name != system}
    goals = [better_than("popular", against["popular"]), better_than("item-kNN", against["item-kNN"])]
    if run:
        goals.insert(0, as_good_as(PRODUCT, against[PRODUCT]))
    document = {
        "machine": machine(),
        "seed": seed,
        "data": about(data),
        "tuning": {name: [one.summary() for one in tried] for name, tried in tuned.items()},
        "systems": {name: rounded(found) for name, found in measured.items()},
        "differences": {name: rounded(found) for name, found in against.items()},
        "product": {**product_values(), "items": product.items, "offline_fit_seconds": round(product.fit_seconds, 2)},
        "live": about_live(run, rankings) if run else None,
        "goals": [asdict(goal) for goal in goals],
        "seconds": round(time.monotonic() - started, 1),
    }
    progress.say(f"\n{chosen(tuned)}\n\n{table(measured)}\n\n{differences_table(system, against)}\n")
    if run:
        progress.say(staleness(run))
    return document, goals


def about_live(run: LiveRun, rankings: dict[str, Ranked]) -> dict[str, Any]:
    pairs = list(zip(rankings[LIVE], rankings[PRODUCT], strict=True))
    figures = asdict(run)
    del figures["recommended"]
    return {
        **figures,
        "models": [model.summary() for model in run.models],
        "same_list_share": round(sum(list(one) == list(other) for one, other in pairs) / len(pairs), 4),
    }


def staleness(run: LiveRun) -> str:
    """How old the model is that answers, and what a fit costs."""
    last = run.models[-1].event
    sentence = f"{len(run.models)} models while the past was told; the last: {last.items:,} items, fitted in {last.fit_seconds:.2f} s. "
    if run.age_when_sent:
        age = run.age_when_sent
        sentence += f"Right after the last rating, a model of {age.seconds:.0f} s answered, {age.ratings_behind:,} liked ratings behind. "
    return sentence + (
        f"Every view was up to date {run.views_seconds:.0f} s after the last rating, a model of all ratings was there after "
        f"{run.model_seconds:.0f} s, and answered everybody after {run.served_seconds:.0f} s.\n"
    )


def chosen(tuned: dict[str, list[Tried]]) -> str:
    sentences = [
        f"{system}: " + ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in tried[0].parameters.items())
        for system, tried in tuned.items()
    ]
    return "chosen on the validation part: " + "; ".join(sentences)


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the stack is removed on the way out
    progress = Progress()
    try:
        if options.data_dir is None:
            raise DataError("Name the data: make evaluate-movieflix DATA_DIR=<a MovieLens folder, as https://grouplens.org ships it>")
        data = read(options.data_dir.expanduser())
        progress.say(", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in about(data).items()))
        document, goals = evaluate(data, not options.offline, options.seed, progress)
    # In groups, since the connections are tasks that may fail together.
    except* (DataError, LiveError, RefusedError, SilentError, StuckError) as errors:
        progress.say(str(errors.exceptions[0].args[0]))
        code = 1
    except* KeyboardInterrupt:
        progress.say("Interrupted: the stack of this run is stopped.")
        code = 130
    else:
        code = tell(document, goals, "offline" if options.offline else "evaluate", progress)
    return code


def tell(document: dict[str, Any], goals: list[Goal], name: str, progress: Progress) -> int:
    """Print the goals and write the document; 1 where a goal is missed."""
    for goal in goals:
        progress.say(f"{'reached' if goal.reached else 'MISSED':8} {goal.sentence}: {goal.why}")
    path = RESULTS / f"{name}.json"
    write_document(path, document)
    where, seconds = document["machine"], document["seconds"]
    progress.say(f"{where['cpu']}, {where['cores']} cores; {seconds:.0f} s; written to {os.path.relpath(path)}")
    return 0 if all(goal.reached for goal in goals) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make evaluate-movieflix", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-dir", type=Path, help="a MovieLens folder: movies.csv and ratings.csv, plain or .gz")
    parser.add_argument("--seed", type=int, default=1, help="of the resampling (default 1); split and answers know no chance")
    parser.add_argument("--offline", action="store_true", help="without the live system: the product's own fit stands for it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
