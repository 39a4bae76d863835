"""A threshold that is missed is found, and one that would hold nothing is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from loadtests.thresholds import Thresholds, ThresholdsError, read_thresholds
from loadtests.window import Window

BOUNDS = {"errors": 0.01, "p50": 10, "p95": 20, "p99": 30}
PLAY, RATE = "POST /v1/positions", "POST /v1/ratings"
CALLS = (PLAY, RATE)


def document() -> dict[str, Any]:
    return {"calls": {name: dict(BOUNDS) for name in CALLS}, "total": dict(BOUNDS), "caught_up_seconds": 5}


def thresholds(tmp_path: Path, content: Any) -> Thresholds:
    path = tmp_path / "thresholds.yaml"
    path.write_text(yaml.safe_dump(content))
    return read_thresholds(path, CALLS)


def window(slow: float = 5.0, failed: int = 0, slow_calls: int = 0) -> Window:
    """A hundred calls of each kind, of 5 ms."""
    made = Window()
    for number in range(100):
        made.add(PLAY, slow if number < slow_calls else 5.0, "status 503" if number < failed else None)
        made.add(RATE, 5.0, None)
    return made


def test_nothing_is_missed_where_all_bounds_are_kept(tmp_path: Path) -> None:
    assert thresholds(tmp_path, document()).missed(window().figures()) == []


def test_a_planted_delay_is_missed_by_its_percentile_and_by_no_other(tmp_path: Path) -> None:
    missed = thresholds(tmp_path, document()).missed(window(slow=45.0, slow_calls=2).figures())
    assert missed == [f"{PLAY}: p99 45.0 ms, bound 30 ms (1.5 times)"]


def test_a_delay_in_half_of_all_calls_misses_every_percentile(tmp_path: Path) -> None:
    missed = thresholds(tmp_path, document()).missed(window(slow=45.0, slow_calls=51).figures())
    assert [line.split(" ms")[0] for line in missed if line.startswith(PLAY)] == [f"{PLAY}: p{share} 45.0" for share in (50, 95, 99)]
    assert any(line.startswith("total: p95") for line in missed)


def test_planted_errors_are_missed_for_their_call_and_in_total(tmp_path: Path) -> None:
    missed = thresholds(tmp_path, document()).missed(window(failed=3).figures())
    assert missed == [
        f"{PLAY}: 3 of 100 calls failed (3.00%), bound 1.00%",
        "total: 3 of 200 calls failed (1.50%), bound 1.00%",
    ]


def test_a_call_that_was_never_made_is_named(tmp_path: Path) -> None:
    made = Window()
    made.add(PLAY, 5.0, None)
    assert thresholds(tmp_path, document()).never_made(made.figures()) == [f"{RATE}: never made, so its thresholds say nothing"]


def test_views_that_stay_behind_are_missed(tmp_path: Path) -> None:
    read = thresholds(tmp_path, document())
    assert read.behind(4.9) == []
    assert read.behind(5.2) == ["views: caught up after 5.2 s, bound 5 s"]
    assert read.behind(None) == ["views: not caught up when waiting ended, bound 5 s"]


@pytest.mark.parametrize(
    ("plant", "sentence"),
    [
        (lambda d: d["calls"].update({"POST /v1/postions": BOUNDS}), r"there is no call 'POST /v1/postions'"),
        (lambda d: d["calls"].pop(RATE), rf"the call '{RATE}' is missing"),
        (lambda d: d["calls"][PLAY].pop("p95"), rf"the figure of {PLAY} 'p95' is missing"),
        (lambda d: d["calls"][PLAY].update(p90=3), rf"there is no figure of {PLAY} 'p90'"),
        (lambda d: d["calls"][PLAY].update(p99="fast"), rf"{PLAY}: p99 must be a number from 0 on, not 'fast'"),
        (lambda d: d["calls"][PLAY].update(p99=float("inf")), r"must be a number from 0 on"),
        (lambda d: d["calls"][PLAY].update(errors=1), r"it would allow every call to fail"),
        (lambda d: d.pop("total"), r"the section 'total' is missing"),
        (lambda d: d.update(totals=BOUNDS), r"there is no section 'totals'"),
        (lambda d: d.update(calls=[]), r"calls must be a mapping"),
    ],
)
def test_a_threshold_that_would_hold_nothing_is_refused(tmp_path: Path, plant: Any, sentence: str) -> None:
    content = document()
    plant(content)
    with pytest.raises(ThresholdsError, match=rf"thresholds\.yaml: .*{sentence}"):
        thresholds(tmp_path, content)
