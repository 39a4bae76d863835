from __future__ import annotations

from tests.chaos.schedule import Fault, Kind, Target, draw, draw_with

TARGETS = [Target(f"worker-{n}", (Kind.KILL, Kind.TERM, Kind.PAUSE), f"worker-{n}") for n in range(8)] + [
    Target("store", (Kind.AWAY,), "store"),
    Target("database", (Kind.RESTART,), "database"),
]


def test_every_kind_of_every_target_happens_once() -> None:
    drawn = draw(TARGETS, seed=1)
    assert len(drawn) == len(set(drawn)) == 26
    assert Fault("store", Kind.AWAY) in drawn and Fault("worker-7", Kind.PAUSE) in drawn


def test_the_seed_gives_the_order() -> None:
    assert draw(TARGETS, seed=1) == draw(TARGETS, seed=1) != draw(TARGETS, seed=2)


def test_a_short_run_has_every_kind() -> None:
    for seed in range(20):
        assert {fault.kind for fault in draw(TARGETS, seed, count=5)} == set(Kind)
        assert len(draw(TARGETS, seed, count=5)) == 5


def test_what_always_happens_is_among_those_drawn_and_what_the_stack_cannot_have_is_not() -> None:
    always = (Fault("store", Kind.AWAY), Fault("worker-3", Kind.KILL), Fault("worker-3", Kind.AWAY), Fault("nothing", Kind.KILL))
    for seed in range(20):
        drawn = draw_with(always, TARGETS, seed, count=7)
        assert len(drawn) == len(set(drawn)) == 7
        assert [fault in drawn for fault in always] == [True, True, False, False]
        assert len({fault.kind for fault in drawn}) >= 4
    assert draw_with(always, TARGETS, 1, count=7) != draw_with(always, TARGETS, 2, count=7)
