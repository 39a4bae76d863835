"""The search for the limit, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator

from loadtests.cpu import GENERATOR, OTHERS, Cores, part_name
from loadtests.limit import Step, bottleneck, climb, disturbed, held_at, limit, rates
from loadtests.window import Window


def cores(busiest: dict[str, float], machine: float = 1.0, available: int = 2, others: float = 0.0) -> Cores:
    parts = {**busiest, OTHERS: others}
    return Cores(dict(sorted(parts.items(), key=lambda item: -item[1])), busiest, machine, available)


def step(rate: float, missed: tuple[str, ...] = (), used: Cores | None = None) -> Step:
    window = Window()
    window.add("GET /a", 1.0, None)
    return Step(rate, 1.0, 1, window.figures(), missed, {}, used or cores({"kafka": 0.5}), 0.0, {}, 0.0)


def outcomes(*held: bool) -> tuple[list[Step], Iterator[Step]]:
    """Steps as they are made, and the climb that makes them."""
    made: list[Step] = []
    answers = iter(held)

    def at(rate: float) -> Step:
        made.append(step(rate, () if next(answers) else ("total: p99",)))
        return made[-1]

    return made, climb(at, rates(100, 100, 500))


def test_rates_rise_by_the_step_up_to_the_last_that_fits() -> None:
    assert list(rates(100, 150, 500)) == [100, 250, 400]
    assert list(rates(200, 100, 200)) == [200]


def test_the_climb_ends_where_a_rate_is_missed_twice() -> None:
    made, climbing = outcomes(True, True, False, False)
    steps = list(climbing)
    assert [one.rate for one in steps] == [100, 200, 300, 300]
    assert steps == made
    best = limit(steps)
    assert best is not None and best.rate == 200


def test_a_rate_that_is_missed_once_is_no_limit() -> None:
    _, climbing = outcomes(True, False, True, True, True, True)
    steps = list(climbing)
    assert [one.rate for one in steps] == [100, 200, 200, 300, 400, 500]
    best = limit(steps)
    assert best is not None and best.rate == 500


def test_a_rate_holds_where_one_of_its_tries_held() -> None:
    steps = [step(100, ("late",)), step(100), step(200, ("late",)), step(200, ("late",))]
    assert held_at(steps, 100)
    assert not held_at(steps, 200)


def test_there_is_no_limit_where_no_rate_held() -> None:
    _, climbing = outcomes(False, False)
    assert limit(list(climbing)) is None


def test_a_process_that_fills_its_core_is_named_before_the_machine() -> None:
    told = bottleneck(step(1, used=cores({"playback-api": 0.97, "kafka": 0.9, GENERATOR: 0.3}, machine=2.0)))
    assert told.startswith("playback-api: one process of it was busy for 0.97 of a core")


def test_a_generator_at_its_limit_is_not_taken_for_the_limit_of_the_case() -> None:
    told = bottleneck(step(1, used=cores({"playback-api": 0.5, GENERATOR: 0.98}, machine=1.6)))
    assert told.startswith("the load generator itself (0.98 of the one core that it can use)")


def test_a_full_machine_is_named_with_its_largest_parts() -> None:
    told = bottleneck(step(1, used=cores({"kafka": 0.8, "playback-api": 0.6}, machine=1.95, others=0.5)))
    assert told == "the machine's cores: 1.95 of 2 cores were busy, the most in kafka 0.80, playback-api 0.60, others 0.50"


def test_what_else_took_cores_is_told_where_thresholds_were_missed() -> None:
    busy, quiet = cores({"kafka": 0.8}, others=0.5), cores({"kafka": 0.8}, others=0.1)
    assert disturbed([step(1, (), busy), step(2, ("total: p99",), quiet)]) is None
    told = disturbed([step(1, ("total: p99",), busy), step(2)])
    assert told == "What is no part of the stack took up to 0.50 cores meanwhile: run it again on a quiet machine."


def test_where_no_core_is_full_that_is_said() -> None:
    assert bottleneck(step(1)).startswith("no core: 1.00 of 2 cores were busy")


def test_instances_are_parts_of_one_thing() -> None:
    assert part_name("kafka-2", "movieflix") == "kafka"
    assert part_name("movieflix-recommender-1", "movieflix") == "recommender"
    assert part_name("movieflix-web-page", "movieflix") == "web-page"
