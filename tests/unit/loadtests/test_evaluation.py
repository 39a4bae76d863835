"""Splits, measures and statistics against figures worked out by hand, and the proof that a split hides what comes next."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from loadtests.evaluation.measures import ndcg_at, recall_at
from loadtests.evaluation.report import as_good_as, better_than, differences
from loadtests.evaluation.split import Events, first_of_each, split_by_time
from loadtests.evaluation.statistics import difference, estimate
from loadtests.evaluation.task import Task
from loadtests.movieflix.recommenders import best


def events(*rows: tuple[int, int, int, float]) -> Events:
    """(user, item, second, stars)."""
    users, items, seconds, stars = zip(*rows, strict=True)
    return Events(np.array(users), np.array(items), np.array(seconds), np.array(stars, dtype=float))


def pairs(of: Events) -> set[tuple[int, int]]:
    return set(zip(of.users.tolist(), of.items.tolist(), strict=True))


def planted() -> Task:
    """Two users, five items. User 0 has met 0 and 1, and will like 2 and 3 (not 4); user 1 has met 2 and 4, and will like 0."""
    past = events((0, 0, 1, 5.0), (0, 1, 2, 1.0), (1, 2, 1, 4.0), (1, 4, 2, 4.0))
    then = events((0, 2, 3, 4.0), (0, 3, 4, 5.0), (0, 4, 5, 2.0), (1, 0, 3, 4.5))
    return Task(past, then, users=2, items=5, relevant_from=4.0, least_past=2)


def test_recall_is_the_share_of_hits_among_what_the_places_can_hold() -> None:
    ranked = [7, 1, 8, 2, 9]
    assert recall_at(2, ranked, {1, 2, 3}) == 1 / 2
    assert recall_at(4, ranked, {1, 2, 3}) == 2 / 3
    assert recall_at(5, ranked, {4}) == 0
    assert recall_at(5, [1, 2, 3, 4, 5], set(range(100))) == 1


def test_ndcg_weighs_a_hit_by_its_place() -> None:
    assert ndcg_at(3, [1, 2, 9], {1, 2}) == 1
    assert ndcg_at(3, [9, 1, 2], {1, 2}) == pytest.approx((1 / math.log2(3) + 1 / 2) / (1 + 1 / math.log2(3)))
    assert ndcg_at(3, [8, 9, 7, 1], {1}) == 0


def test_the_planted_task_has_the_figures_worked_out_by_hand() -> None:
    task = planted()
    assert task.judged == [0, 1] and task.relevant == [{2, 3}, {0}]
    values = task.judge([[4, 2], [3, 0]])
    assert values["Recall@10"].tolist() == [1 / 2, 1]
    assert values["NDCG@10"].tolist() == pytest.approx([(1 / math.log2(3)) / (1 + 1 / math.log2(3)), 1 / math.log2(3)])


def test_a_list_with_something_already_seen_is_refused() -> None:
    with pytest.raises(ValueError, match="user 0 is recommended what they have seen"):
        planted().judge([[1, 2], [0]])


def test_items_that_nobody_met_are_misses_that_are_told() -> None:
    assert planted().unknown_share == 1 / 3


def test_users_with_a_short_past_or_nothing_relevant_next_are_not_judged() -> None:
    past, then = events((0, 0, 1, 5.0), (1, 0, 1, 5.0), (1, 1, 2, 5.0)), events((0, 2, 3, 5.0), (1, 2, 3, 3.5))
    assert Task(past, then, users=2, items=3, relevant_from=4.0, least_past=2).judged == []


def test_the_last_share_of_each_user_is_next() -> None:
    rows = [(user, item, 100 - item, 3.0) for user, count in ((0, 10), (1, 4), (2, 5)) for item in range(count)]
    past, then = split_by_time(events(*rows), 0.2)
    assert pairs(then) == {(0, 0), (0, 1), (2, 0)}
    assert len(past) + len(then) == len(rows) and not pairs(past) & pairs(then)


def test_ties_in_time_are_split_the_same_way_whatever_the_order_and_do_not_follow_the_number_of_the_item() -> None:
    rows = [(user, item, 0, 3.0) for user in range(50) for item in range(100)]
    _, then = split_by_time(events(*rows), 0.2)
    _, again = split_by_time(events(*reversed(rows)), 0.2)
    assert pairs(then) == pairs(again) and len(then) == 1000
    assert abs(then.items.mean() - 49.5) < 3


def test_only_the_first_meeting_counts() -> None:
    assert pairs(first_of_each(events((0, 1, 9, 1.0), (0, 1, 3, 5.0), (1, 1, 5, 2.0)))) == {(0, 1), (1, 1)}
    assert first_of_each(events((0, 1, 9, 1.0), (0, 1, 3, 5.0))).stars.tolist() == [5.0]


def test_whoever_sees_what_comes_next_scores_higher_so_the_split_hides_it() -> None:
    """A recommender that repeats what it was told finds nothing, unless it was told too much."""
    rng = np.random.default_rng(5)
    rows = [(user, int(item), place, 5.0) for user in range(60) for place, item in enumerate(rng.choice(200, 20, replace=False))]
    past, then = split_by_time(events(*rows), 0.2)
    task = Task(past, then, users=60, items=200, relevant_from=4.0, least_past=2)
    leaking = task.known(4.0)
    leaking[then.users, then.items] = 1.0

    def recall(told: NDArray[np.float32]) -> float:
        return float(task.judge(best(told, task.seen, told.sum(axis=0), 20))["Recall@10"].mean())

    assert recall(leaking) == 1
    assert recall(task.known(4.0)) < 0.2


def test_an_interval_holds_the_mean_and_shrinks_with_users() -> None:
    rng = np.random.default_rng(3)
    few, many = (estimate(rng.random(count), 1) for count in (50, 5000))
    assert few.low < few.mean < few.high
    assert many.high - many.low < (few.high - few.low) / 5
    # A mean of uniform values has a deviation of 0.2887 / sqrt(n).
    assert many.high - many.low == pytest.approx(2 * 1.96 * 0.2887 / math.sqrt(5000), rel=0.1)


def test_a_paired_difference_is_found_where_it_is_and_not_where_it_is_chance() -> None:
    rng = np.random.default_rng(4)
    users = rng.random(400)
    better = difference(users + 0.05 + rng.normal(0, 0.1, 400), users, 1)
    same = difference(users + rng.permutation(np.repeat((-0.1, 0.1), 200)), users, 1)
    assert better.above and better.p < 0.001 and better.relative == pytest.approx(0.1, abs=0.03)
    assert not same.above and same.p > 0.5


def test_the_smallest_p_by_hand() -> None:
    """Of four differences of 1, two of sixteen swaps are as large."""
    assert difference(np.ones(4), np.zeros(4), 1).p == pytest.approx(2 / 16, abs=0.02)


def test_goals_are_missed_where_they_are() -> None:
    users = np.linspace(0.1, 0.9, 100)
    task = dict.fromkeys(("Recall@10", "Recall@20", "NDCG@10"), users)
    worse = task | {"NDCG@10": users * 0.97}
    assert as_good_as("itself", differences(task, task, 1)).reached
    assert not as_good_as("the one before", differences(worse, task, 1)).reached
    assert better_than("the worse", differences({name: v * 1.05 for name, v in task.items()}, task, 1)).reached
    missed = better_than("the same", differences(worse, task, 1))
    assert not missed.reached and "not told apart" in missed.why
