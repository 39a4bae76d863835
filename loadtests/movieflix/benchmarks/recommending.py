"""The recommender (faust): one worker, and two that share the partitions."""

from __future__ import annotations

from itertools import count

from loadtests.bench.comparison import Comparison, Competitor, Sample
from loadtests.bench.process import handled, measure
from loadtests.bench.world import World, free_port
from loadtests.movieflix.benchmarks.events import encoded, ratings
from services.movieflix.contracts.topics import SHOW_POSITION, SHOW_RATING

ONE, TWO = "recommender, one worker", "recommender, two workers"
RATINGS = 40_000
GROUP = "movieflix-recommender"
RUNS = count()


def recommender(world: World, scale: float) -> Comparison:
    number = int(RATINGS * scale)
    return Comparison(
        "recommender",
        "Ratings into histories, profiles and recommendations (faust)",
        {ONE: _workers(world, 1, number), TWO: _workers(world, 2, number)},
        ours=(ONE, TWO),
    )


def _workers(world: World, workers: int, number: int) -> Competitor:
    def run(_round: int) -> Sample:
        begin = {topic: world.ends(topic) for topic in (SHOW_RATING.name, SHOW_POSITION.name)}
        world.fill(SHOW_RATING.name, encoded(ratings(number, f"q{next(RUNS)}")))
        world.begin_at(GROUP, begin)
        ports = [free_port() for _ in range(workers)]
        commands = [world.service("services.movieflix.recommender", port, instance) for instance, port in enumerate(ports)]
        return measure(commands, handled(*ports), number, world.folder, servers=world.servers(), warm_up=0.3)

    return run
