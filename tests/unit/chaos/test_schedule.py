from __future__ import annotations

from tests.chaos.schedule import Fault, Kind, Target, draw

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
